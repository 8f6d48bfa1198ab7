#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/elements/ether/bridge.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

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

TEST_CASE("EtherSwitch keeps to static entries, whoever uses their addresses") {
  Bridge bridge(3, table_of({station(1) + " 2"}));
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
  CHECK_FALSE(bridge.table->add(station(1) + " 7"));
  ElementHarness larger("EtherSwitch", "table = \"t\"",
                        {.inputs = 8, .outputs = 8, .resource = bridge.table.get()});
  larger.send_batch({frame(station(1), kEverybody)}, 7);
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
  Bridge bridge(4, table_of(), "", {.buffers = 64});
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

TEST_CASE("EtherSwitch lets only stations with a static entry send from a port whose source it checks") {
  Bridge bridge(3, table_of({station(1) + " 0", station(2) + " 1"}), "check_source = [0]");
  CHECK(bridge.send(0, station(1), kEverybody) == Exits{"1", "2"});
  const Sent sent = bridge.harness->send(frame(station(2), kEverybody), 0);
  CHECK(sent.exit == "spoofed");
  CHECK(sent.kind == ExitKind::fault);
  CHECK(bridge.send(0, station(3), kEverybody) == Exits{"spoofed"});
  CHECK(bridge.send(0, kEverybody, kEverybody) == Exits{"bad_source"});
  // What others say changes nothing there, and they are learned as ever.
  CHECK(bridge.send(2, station(3), station(1)) == Exits{"0"});
  CHECK(bridge.send(0, station(3), station(1)) == Exits{"spoofed"});
  CHECK(bridge.table->entries() == Exits{station(1) + " 0", station(2) + " 1", station(3) + " 2 learned"});
  // With the next batch after a change.
  REQUIRE(bridge.table->add(station(4) + " 0"));
  CHECK(bridge.send(0, station(4), station(3)) == Exits{"2"});
  REQUIRE(bridge.table->remove(station(1)));
  CHECK(bridge.send(0, station(1), station(3)) == Exits{"spoofed"});
}

TEST_CASE("EtherSwitch refuses to check the source at a port that it does not have") {
  const auto table = table_of();
  CHECK_THAT(refusal("EtherSwitch", "table = \"t\"\ncheck_source = [1, 2]",
                     {.inputs = 2, .outputs = 3, .resource = table.get()}),
             Catch::Contains("has no input 2: those are 0 to 1"));
}
