#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "elements/ether/ether_table.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using elements::EtherTable;

namespace {

constexpr const char* kEverybody = "ff:ff:ff:ff:ff:ff";

std::unique_ptr<EtherTable> table_of(const std::vector<std::string>& entries = {}) {
  auto table = std::make_unique<EtherTable>();
  Diagnostics diagnostics;
  const Value::Table nothing;
  ResourceConfiguration configuration{diagnostics, nothing, {}, "table"};
  table->configure(configuration);
  for (const std::string& entry : entries) REQUIRE(table->add(entry));
  return table;
}

std::string station(unsigned number) {
  return fmt::format("02:00:00:{:02x}:{:02x}:{:02x}", number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
}

Bytes frame(const std::string& from, const std::string& to) {
  return ethernet({.destination = to, .source = from, .type = 0x88b5}, counting(46));
}

/// A switch with so many ports, and its table.
struct Bridge {
  explicit Bridge(PortIndex ports = 3, const std::vector<std::string>& entries = {},
                  HarnessOptions options = {})
      : table(table_of(entries)) {
    options.inputs = options.outputs = ports;
    options.resource = table.get();
    harness = std::make_unique<ElementHarness>("EtherSwitch", "table = \"t\"", options);
  }
  /// Where the frame went.
  std::vector<std::string> send(PortIndex input, const std::string& from, const std::string& to) {
    return exits_of(harness->send_batch({frame(from, to)}, input));
  }

  std::unique_ptr<EtherTable> table;
  std::unique_ptr<ElementHarness> harness;
};

using Exits = std::vector<std::string>;

}  // namespace

TEST_CASE("EtherSwitch floods what it does not know, and sends what it does to one port") {
  Bridge bridge;
  CHECK(bridge.send(0, station(1), station(2)) == Exits{"1", "2"});
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"0"});
  CHECK(bridge.send(0, station(1), station(2)) == Exits{"1"});
  CHECK(bridge.send(2, station(3), station(2)) == Exits{"1"});
  CHECK(bridge.harness->counter("learned") == 3);
  CHECK(bridge.harness->counter("flooded") == 1);
}

TEST_CASE("EtherSwitch floods broadcasts and multicasts to all ports but the one they came from") {
  Bridge bridge(4);
  CHECK(bridge.send(0, station(1), kEverybody) == Exits{"1", "2", "3"});
  CHECK(bridge.send(1, station(2), "01:00:5e:00:00:01") == Exits{"0", "2", "3"});
  CHECK(bridge.send(3, station(3), "33:33:00:00:00:01") == Exits{"0", "1", "2"});
}

TEST_CASE("EtherSwitch sends the same bytes to every port") {
  Bridge bridge;
  for (const Sent& sent : bridge.harness->send_batch({frame(station(1), kEverybody)}, 2))
    CHECK(sent.bytes == frame(station(1), kEverybody));
}

TEST_CASE("EtherSwitch does not send a frame back to where it came from") {
  Bridge bridge;
  bridge.send(0, station(1), kEverybody);
  const Sent sent = bridge.harness->send(frame(station(2), station(1)), 0);
  CHECK(sent.exit == "same_port");
  CHECK(sent.kind == ExitKind::intended);
  Bridge alone(1);
  CHECK(alone.send(0, station(1), kEverybody) == Exits{"same_port"});
}

TEST_CASE("EtherSwitch follows a station that moves") {
  Bridge bridge;
  bridge.send(0, station(1), kEverybody);
  bridge.send(2, station(1), kEverybody);
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"2"});
  CHECK(bridge.harness->counter("moved") == 1);
  CHECK(bridge.table->entries() == Exits{station(1) + " 2 learned", station(2) + " 1 learned"});
}

TEST_CASE("EtherSwitch forgets who was not seen for max_age") {
  Bridge bridge;
  bridge.send(0, station(1), kEverybody);
  bridge.harness->advance_to(299'000'000'000);
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"0"});
  bridge.harness->advance_to(300'000'000'000);
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"0", "2"});
  CHECK(bridge.table->entries() == Exits{station(2) + " 1 learned"});
  // Seen again, it is young again.
  bridge.send(0, station(1), kEverybody);
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"0"});
}

TEST_CASE("EtherTable takes out by its sweep who was not seen for max_age, and counts what it does") {
  Bridge bridge(3, {station(9) + " 2"});
  const ResourceSpec& spec = *ResourceRegistry::instance().find("EtherTable");
  const auto counter = [&](const char* name) {
    const auto found = std::ranges::find(spec.counters, name, &ResourceCounterSpec::name);
    REQUIRE(found != spec.counters.end());
    return found->value(*bridge.table);
  };
  bridge.send(0, station(1), kEverybody);
  bridge.send(1, station(2), kEverybody);
  bridge.send(2, station(2), kEverybody);
  bridge.harness->advance_to(100'000'000'000);
  bridge.send(0, station(1), kEverybody);
  bridge.table->sweep(299'000'000'000);
  CHECK(counter("aged") == 0);
  bridge.table->sweep(300'000'000'000);
  CHECK(bridge.table->entries() == Exits{station(1) + " 0 learned", station(9) + " 2"});
  bridge.table->sweep(1'000'000'000'000);
  CHECK(bridge.table->entries() == Exits{station(9) + " 2"});
  CHECK(counter("learned") == 2);
  CHECK(counter("moved") == 1);
  CHECK(counter("aged") == 2);
  CHECK(counter("full") == 0);
}

TEST_CASE("EtherSwitch keeps to static entries, whoever uses their addresses") {
  Bridge bridge(3, {station(1) + " 2"});
  bridge.send(0, station(1), kEverybody);
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"2"});
  bridge.harness->advance_to(1'000'000'000'000);
  CHECK(bridge.send(1, station(2), station(1)) == Exits{"2"});
  CHECK(bridge.harness->counter("moved") == 0);
}

TEST_CASE("EtherSwitch sees a change of its table with the next batch") {
  Bridge bridge;
  REQUIRE(bridge.table->add(station(1) + " 1"));
  CHECK(bridge.send(0, station(2), station(1)) == Exits{"1"});
  REQUIRE(bridge.table->remove(station(1)));
  CHECK(bridge.send(0, station(2), station(1)) == Exits{"1", "2"});
  REQUIRE(bridge.table->add(station(1) + " 7"));
  CHECK(bridge.send(0, station(2), station(1)) == Exits{"no_output"});
}

TEST_CASE("EtherSwitch forwards nothing that bridges must keep, and learns nobody's address") {
  Bridge bridge;
  CHECK(bridge.send(0, station(1), "01:80:c2:00:00:00") == Exits{"reserved"});
  CHECK(bridge.send(0, station(1), "01:80:c2:00:00:0f") == Exits{"reserved"});
  CHECK(bridge.send(0, station(1), "01:80:c2:00:00:10") == Exits{"1", "2"});
  CHECK(bridge.send(0, kEverybody, station(1)) == Exits{"bad_source"});
  CHECK(bridge.send(0, "00:00:00:00:00:00", station(1)) == Exits{"bad_source"});
  CHECK(bridge.table->entries() == Exits{station(1) + " 0 learned"});
}

TEST_CASE("D1: EtherSwitch drops what is shorter than a header") {
  Bridge bridge;
  for (std::size_t length = 0; length < 14; ++length)
    CHECK(bridge.harness->send(frame(station(1), station(2)).first(length)).exit == "truncated");
}

TEST_CASE("EtherSwitch without buffers for copies still sends the frame itself, and counts the copies") {
  Bridge bridge(4, {}, {.buffers = 64});
  bridge.harness->leave_buffers(1);
  CHECK(bridge.send(0, station(1), kEverybody) == Exits{"3"});
  CHECK(bridge.harness->no_buffer() == 2);
  bridge.harness->leave_buffers(64);
}

TEST_CASE("EtherSwitch refuses more inputs than outputs, and tables with outputs that are not wired") {
  const auto table = table_of({station(1) + " 3"});
  CHECK_THAT(refusal("EtherSwitch", "table = \"t\"", {.inputs = 3, .outputs = 2, .resource = table.get()}),
             Catch::Contains("3 inputs and 2 outputs"));
  CHECK_THAT(refusal("EtherSwitch", "table = \"t\"", {.inputs = 3, .outputs = 3, .resource = table.get()}),
             Catch::Contains("an entry for output 3, which is not wired"));
  CHECK(
      refusal("EtherSwitch", "table = \"t\"", {.inputs = 2, .outputs = 4, .resource = table.get()}).empty());
}

TEST_CASE("EtherTable takes entries as it shows them, and refuses what is none") {
  const auto table = table_of({station(2) + " 1", station(1) + " 0"});
  CHECK(table->entries() == Exits{station(1) + " 0", station(2) + " 1"});
  REQUIRE(table->add(station(3) + "  2 learned"));
  CHECK(table->entries().back() == station(3) + " 2 learned");
  for (const char* wrong :
       {"", "02:00:00:00:00:09", "02:00:00:00:00:09 256", "02:00:00:00:00:09 x", "02:00:00:00:00 1",
        "03:00:00:00:00:09 1", "00:00:00:00:00:00 1", "02:00:00:00:00:09 1 2",
        "02:00:00:00:00:09 1 learned twice", "02:00:00:00:00:01 1"})
    CHECK_FALSE(table->add(wrong));
  CHECK_FALSE(table->remove(station(9)));
  CHECK_FALSE(table->remove("nobody"));
  CHECK(table->entries().size() == 3);
}

TEST_CASE("EtherTable knows thousands of stations, and floods rather than forgets those it has no room for") {
  Bridge bridge(2);
  for (unsigned i = 1; i <= 4096; ++i) bridge.send(0, station(i), station(i));
  CHECK(bridge.harness->counter("learned") + bridge.harness->counter("not_learned") == 4096);
  CHECK(bridge.harness->counter("not_learned") < 41);
  CHECK(bridge.table->entries().size() == bridge.harness->counter("learned"));
  for (unsigned i = 5000; i < 30'000; ++i) bridge.send(0, station(i), station(i));
  CHECK(bridge.harness->counter("not_learned") > 0);
  // A new one of an age does take the place of an old one.
  bridge.harness->advance_to(400'000'000'000);
  bridge.send(1, station(1), kEverybody);
  CHECK(bridge.send(0, station(2), station(1)) == Exits{"1"});
}

TEST_CASE("EtherTable is learned into by several workers while others look up and entries come and go") {
  const auto table = table_of();
  std::atomic<bool> wrong{false};
  const auto work = [&](PortIndex output) {
    for (unsigned round = 0; round < 2000; ++round)
      for (unsigned i = 1; i <= 16; ++i) {
        const EtherAddress address = parse_ether_address(station(i)).value();
        static_cast<void>(table->learn(address, output, round));
        const PortIndex found = table->find(address, round);
        if (found != 0 && found != 1 && found != 7 && found != EtherTable::kUnknown) wrong = true;
      }
  };
  std::jthread first(work, PortIndex{0});
  std::jthread second(work, PortIndex{1});
  for (int i = 0; i < 500; ++i) {
    static_cast<void>(table->add(station(3) + " 7"));
    static_cast<void>(table->entries());
    static_cast<void>(table->remove(station(3)));
  }
  first.join();
  second.join();
  CHECK_FALSE(wrong);
}
