#include <catch2/catch.hpp>

#include "elements/ip/ipv4_table.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A look-up with three outputs in a table of its own.
struct Lookup {
  explicit Lookup(const std::vector<std::string>& entries) {
    Diagnostics diagnostics;
    const Value::Table nothing;
    ResourceConfiguration configuration{diagnostics, nothing, {}, "table"};
    table.configure(configuration);
    for (const std::string& entry : entries) REQUIRE(table.add(entry));
    harness = std::make_unique<ElementHarness>("StaticIPLookup", "table = \"t\"",
                                               HarnessOptions{.outputs = 3, .resource = &table});
  }
  elements::IPv4Table table;
  std::unique_ptr<ElementHarness> harness;
};

Bytes to(const char* destination) {
  return ethernet({}, ipv4({.destination = destination}, udp({}, counting(18))));
}

}  // namespace

TEST_CASE("StaticIPLookup sends each packet by the longest prefix of its destination") {
  Lookup lookup({"10.0.0.0/8 1", "10.9.0.0/16 2", "198.51.100.0/24 0"});
  CHECK(exits_of(lookup.harness->send_batch({to("10.1.1.1"), to("10.9.1.1"), to("198.51.100.255")})) ==
        std::vector<std::string>{"1", "2", "0"});
}

TEST_CASE("StaticIPLookup drops what has no route, and means to") {
  Lookup lookup({"10.0.0.0/8 1"});
  const Sent sent = lookup.harness->send(to("11.0.0.1"));
  CHECK(sent.exit == "no_route");
  CHECK(sent.kind == ExitKind::intended);
  CHECK(sent.bytes == to("11.0.0.1"));
}

TEST_CASE("StaticIPLookup finds the header through VLAN tags and drops what is not IPv4 as not_ip") {
  Lookup lookup({"0.0.0.0/0 2"});
  CHECK(lookup.harness->send(vlan_udp_frame()).exit == "2");
  for (const Bytes& frame : {arp_frame(), udp6_frame(), Bytes{}, udp_frame().first(13)})
    CHECK(lookup.harness->send(frame).exit == "not_ip");
}

TEST_CASE("D1: StaticIPLookup drops an IPv4 frame whose header is cut at any byte") {
  Lookup lookup({"0.0.0.0/0 2"});
  for (std::size_t length = 14; length <= udp_frame().size(); ++length) {
    INFO("length " << length);
    CHECK(lookup.harness->send(Input(udp_frame().first(length), 60)).exit ==
          (length < 34 ? "truncated" : "2"));
  }
}

TEST_CASE("StaticIPLookup sees a change of the table with the next batch") {
  Lookup lookup({"10.0.0.0/8 1"});
  CHECK(lookup.harness->send(to("10.1.1.1")).exit == "1");
  REQUIRE(lookup.table.add("10.1.0.0/16 2"));
  CHECK(lookup.harness->send(to("10.1.1.1")).exit == "2");
  REQUIRE(lookup.table.remove("10.1.0.0/16"));
  REQUIRE(lookup.table.remove("10.0.0.0/8"));
  CHECK(lookup.harness->send(to("10.1.1.1")).exit == "no_route");
}

TEST_CASE("StaticIPLookup has its table refuse a new route to an output that is not wired") {
  Lookup lookup({});
  REQUIRE(lookup.table.add("10.0.0.0/8 2"));
  const auto added = lookup.table.add("11.0.0.0/8 3");
  REQUIRE_FALSE(added);
  CHECK_THAT(added.error().text,
             Catch::Contains("'11.0.0.0/8 3'") && Catch::Contains("not wired (0 to 2 are)"));
  CHECK(lookup.harness->send(to("11.1.1.1")).exit == "no_route");
}

TEST_CASE("StaticIPLookup refuses a table that uses outputs which are not wired") {
  elements::IPv4Table table;
  REQUIRE(table.add("10.0.0.0/8 3"));
  CHECK_THAT(refusal("StaticIPLookup", "table = \"t\"", {.outputs = 3, .resource = &table}),
             Catch::Contains("'10.0.0.0/8 3', but output 3 is not wired"));
  CHECK(refusal("StaticIPLookup", "table = \"t\"", {.outputs = 4, .resource = &table}).empty());
}
