#include "elements/ip/ipv4_table.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::elements;

namespace {

Ipv4Address address(const char* text) {
  return parse_ipv4_address(text).value();
}

std::unique_ptr<IPv4Table> table_of(const std::vector<std::string>& entries) {
  auto table = std::make_unique<IPv4Table>();
  Diagnostics diagnostics;
  const Value::Table nothing;
  ResourceConfiguration configuration{diagnostics, nothing, {}, "table"};
  table->configure(configuration);
  for (const std::string& entry : entries) REQUIRE(table->add(entry));
  return table;
}

Ipv4Address address_of(std::uint32_t number) {
  return {{static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}};
}

/// The answer by definition: of all prefixes that hold the address, the longest.
PortIndex by_definition(const std::vector<Ipv4Route>& routes, std::uint32_t number) {
  const Ipv4Route* best = nullptr;
  for (const Ipv4Route& route : routes) {
    const std::uint32_t mask = route.prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - route.prefix.length);
    if ((number & mask) != Ipv4Ranges::number_of(route.prefix.address)) continue;
    if (best == nullptr || route.prefix.length > best->prefix.length) best = &route;
  }
  return best == nullptr ? Ipv4Ranges::kNoRoute : best->output;
}

}  // namespace

TEST_CASE("IPv4Table: the longest prefix wins, from 0.0.0.0/0 to a single address") {
  const auto table =
      table_of({"10.1.2.3/32 4", "10.0.0.0/8 1", "0.0.0.0/0 0", "10.1.0.0/16 2", "10.1.2.0/24 3"});
  const Ipv4Ranges& ranges = table->read();
  CHECK(ranges.find(address("9.255.255.255")) == 0);
  CHECK(ranges.find(address("10.0.0.0")) == 1);
  CHECK(ranges.find(address("10.255.255.255")) == 1);
  CHECK(ranges.find(address("11.0.0.0")) == 0);
  CHECK(ranges.find(address("10.1.0.0")) == 2);
  CHECK(ranges.find(address("10.1.255.255")) == 2);
  CHECK(ranges.find(address("10.1.2.2")) == 3);
  CHECK(ranges.find(address("10.1.2.3")) == 4);
  CHECK(ranges.find(address("10.1.2.4")) == 3);
  CHECK(ranges.find(address("255.255.255.255")) == 0);
}

TEST_CASE("IPv4Table: an empty table has a route for no address, and prefixes at both ends are found") {
  CHECK(table_of({})->read().find(address("0.0.0.0")) == Ipv4Ranges::kNoRoute);
  const auto ends = table_of({"0.0.0.0/32 7", "255.255.255.255/32 8", "255.255.255.254/31 9"});
  CHECK(ends->read().find(address("0.0.0.0")) == 7);
  CHECK(ends->read().find(address("0.0.0.1")) == Ipv4Ranges::kNoRoute);
  CHECK(ends->read().find(address("255.255.255.254")) == 9);
  CHECK(ends->read().find(address("255.255.255.255")) == 8);
}

TEST_CASE("IPv4Table agrees with the definition on random tables, nested and side by side") {
  std::minstd_rand engine(7);
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  for (int round = 0; round < 200; ++round) {
    const auto table = table_of({});
    const std::uint32_t base = random();
    for (int i = 0; i < 40; ++i) {
      const unsigned length = random() % 33;
      const std::uint32_t mask = length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
      // Near each other, so that they nest and touch.
      const std::uint32_t start = (base + random() % 4096 * (1U << random() % 20)) & mask;
      static_cast<void>(table->add(show(Ipv4Prefix{address_of(start), static_cast<std::uint8_t>(length)}) +
                                   " " + std::to_string(random() % 256)));
    }
    const Ipv4Ranges& ranges = table->read();
    CHECK(ranges.ranges() <= 2 * table->routes().size() + 1);
    for (const Ipv4Route& route : table->routes()) {
      const std::uint32_t first = Ipv4Ranges::number_of(route.prefix.address);
      const auto last =
          static_cast<std::uint32_t>(first + (std::uint64_t{1} << (32 - route.prefix.length)) - 1);
      for (const std::uint32_t number : {first - 1, first, first + (last - first) / 2, last, last + 1})
        REQUIRE(ranges.find(address_of(number)) == by_definition(table->routes(), number));
    }
  }
}

TEST_CASE("IPv4Table: entries are shown as add takes them, sorted, and are removed by their prefix") {
  const auto table = table_of({"10.1.0.0/16 2", "10.0.0.0/8 1"});
  CHECK(table->entries() == std::vector<std::string>{"10.0.0.0/8 1", "10.1.0.0/16 2"});
  REQUIRE(table->remove("10.1.0.0/16"));
  CHECK(table->entries() == std::vector<std::string>{"10.0.0.0/8 1"});
  CHECK(table->read().find(address("10.1.0.1")) == 1);
}

TEST_CASE("IPv4Table: an address alone is a prefix of all its bits") {
  const auto table = table_of({"10.0.0.5 1"});
  CHECK(table->entries() == std::vector<std::string>{"10.0.0.5/32 1"});
  CHECK(table->read().find(address("10.0.0.5")) == 1);
  CHECK_FALSE(table->add("10.0.0.5/32 2"));
  CHECK(table->remove("10.0.0.5"));
  CHECK(table->entries().empty());
}

TEST_CASE("IPv4Table: a wrong entry is refused with a reason, and nothing changes") {
  const auto table = table_of({"10.0.0.0/8 1"});
  const auto refused = [&](const char* entry, const char* reason) {
    CAPTURE(entry);
    const auto added = table->add(entry);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == ExitCode::no);
    CHECK_THAT(added.error().text, Catch::Contains(reason));
  };
  for (const char* entry :
       {"", " ", "x", "10.0.0.0.0 1", "10.0.0.0/33 1", "10.0.0.1/8 1", "10.0.0.0/8x 1", "\x1b[2J 1"})
    refused(entry, "does not begin with a prefix");
  for (const char* entry : {"10.0.0.0", "11.0.0.0/8", "11.0.0.0/8 ", "11.0.0.0/8 256", "11.0.0.0/8 -1",
                            "11.0.0.0/8 1 2", "11.0.0.0/8 x", "11.0.0.0/8 99999999999"})
    refused(entry, "number of an output, 0 to 255");
  refused("10.0.0.0/8 2", "there already is the entry '10.0.0.0/8 1'");
  CHECK(table->entries() == std::vector<std::string>{"10.0.0.0/8 1"});
  CHECK_THAT(table->remove("11.0.0.0/8").error().text, Catch::Contains("no entry for '11.0.0.0/8'"));
  CHECK_THAT(table->remove("10.0.0.0/8 1").error().text, Catch::Contains("is no prefix"));
  CHECK(table->take_retired().size() == 1);  // the empty version, behind which the first entry was added
}

TEST_CASE("IPv4Table: a version stays as it is while the table changes, until it is given up") {
  const auto table = table_of({"10.0.0.0/8 1"});
  const Ipv4Ranges& before = table->read();
  REQUIRE(table->add("10.1.0.0/16 2"));
  CHECK(before.find(address("10.1.0.1")) == 1);
  CHECK(table->read().find(address("10.1.0.1")) == 2);
  CHECK(table->take_retired().size() == 2);
}

TEST_CASE("IPv4Table holds 65,536 routes and no more, in at most 28 bytes each") {
  IPv4Table table;
  Diagnostics diagnostics;
  Value::List list;
  for (std::uint32_t i = 0; i <= IPv4Table::kMaxRoutes; ++i)
    list.emplace_back(Value::Data(show(Ipv4Prefix{address_of(i << 9), 24}) + " " + std::to_string(i % 256)));
  list[0] = Value(Value::Data("128.0.0.0/24 0"));
  const Value::Table parameters{{"entries", {}, Value(Value::Data(list))}};
  const ResourceSpec& spec = *ResourceRegistry::instance().find("IPv4Table");
  REQUIRE(apply_parameters(&table, parameters, spec.parameters, {}, "t", {}, diagnostics));
  ResourceConfiguration configuration{diagnostics, parameters, {}, "t"};
  table.configure(configuration);
  CHECK(diagnostics.errors() == 1);
  CHECK_THAT(diagnostics.render(), Catch::Contains("65536 entries, and that is the most"));
  CHECK(table.read().bytes() <= 28 * IPv4Table::kMaxRoutes + 64);
}
