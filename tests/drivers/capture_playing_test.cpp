#include <filesystem>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"
#include "tests/drivers/port_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace

TEST_CASE("a capture that is played several times keeps its time going forward") {
  const TemporaryFolder directory;
  const std::string path =
      CaptureBytes().pcap().record(10, 0, 60).record(11, 0, 61).record(14, 0, 62).write(directory / "x.pcap");
  const Reading reading = read(path, {{"loop", std::int64_t{3}}});
  std::vector<Nanoseconds> seconds;
  for (const Seen& packet : reading.packets) seconds.push_back(packet.timestamp / 1'000'000'000);
  // Four seconds long, and two seconds between packets on average.
  CHECK(seconds == std::vector<Nanoseconds>{10, 11, 14, 16, 17, 20, 22, 23, 26});
  CHECK(reading.error.empty());
}

TEST_CASE("a capture without packets ends, however often it is to be played") {
  const TemporaryFolder directory;
  CHECK(read(CaptureBytes().pcap().write(directory / "x.pcap"), {{"loop", std::int64_t{0}}}).packets.empty());
}

TEST_CASE("a capture is played for ever until somebody stops it") {
  PortRig rig("pcap", {{"read", kInternet}, {"loop", std::int64_t{0}}});
  rig.must_open();
  std::uint64_t count = 0;
  while (count < 10'000) {
    const auto packets = rig.receive();
    count += packets.size();
    rig.give_back(packets);
  }
  CHECK_FALSE(rig.port->exhausted(0));
}

TEST_CASE("the recorded pace keeps the distances of the packets on the worker's clock") {
  const TemporaryFolder directory;
  const std::string path = CaptureBytes()
                               .pcap(0xa1b23c4d)
                               .record(10, 0, 60)
                               .record(10, 500, 61)
                               .record(12, 0, 62)
                               .write(directory / "x.pcap");
  PortRig rig("pcap", {{"read", path}, {"pace", std::string("recorded")}});
  rig.clock.advance_to(77);
  rig.must_open();
  std::vector<Nanoseconds> times;
  while (!rig.port->exhausted(0)) {
    rig.clock.advance_to(rig.port->next_due(0));
    const auto packets = rig.receive();
    REQUIRE(packets.size() == 1);
    CHECK(rig.receive().empty());
    times.push_back(rig.clock.now());
    rig.give_back(packets);
  }
  CHECK(times == std::vector<Nanoseconds>{77, 577, 2'000'000'077});
  CHECK(rig.counter("late") == 0);
}

TEST_CASE("a pace in bits per second counts the frames' bytes") {
  const TemporaryFolder directory;
  const std::string path =
      CaptureBytes().pcap().record(1, 0, 100).record(1, 0, 50).record(1, 0, 60).write(directory / "x.pcap");
  PortRig rig("pcap", {{"read", path}, {"pace", std::string("8Mbit/s")}});
  rig.must_open();
  std::vector<Nanoseconds> times;
  while (!rig.port->exhausted(0)) {
    rig.clock.advance_to(rig.port->next_due(0));
    const auto packets = rig.receive();
    times.insert(times.end(), packets.size(), rig.clock.now());
    rig.give_back(packets);
  }
  CHECK(times == std::vector<Nanoseconds>{0, 100'000, 150'000});
}

TEST_CASE("wrong parameters of a pcap port are refused") {
  CHECK(contains(PortRig("pcap").diagnostics.render(), "neither 'read' nor 'write'"));
  CHECK(contains(
      PortRig("pcap", {{"read", std::string("x")}, {"pace", std::string("quick")}}).diagnostics.render(),
      "pace"));
  for (const char* pace : {"0pps", "x0", "x-1", "x", "2x", "x1e3", "xnan"})
    CHECK_FALSE(PortRig("pcap", {{"read", std::string("x")}, {"pace", std::string(pace)}}).diagnostics.ok());
  CHECK(contains(
      PortRig("pcap", {{"read", std::string("x")}, {"maxsleep", std::string("1s")}}).diagnostics.render(),
      "no pauses"));
}

TEST_CASE("E10: a thousand ports opened and closed leave no file open") {
  const TemporaryFolder directory;
  const std::string bad = CaptureBytes().pcap(0xa1b2c3d4, 195).write(directory / "bad.pcap");
  const std::string out = directory / "out.pcap";
  const std::size_t before = open_files();
  for (int i = 0; i < 1000; ++i) {
    const auto* spec = PortRegistry::instance().find("pcap");
    const auto port = spec->create();
    Diagnostics diagnostics;
    Value::Table table;
    table.push_back({"read", {}, Value(std::string(i % 2 == 0 ? kInternet : bad))});
    table.push_back({"write", {}, Value(i % 3 == 0 ? directory.path().string() : out)});
    REQUIRE(apply_parameters(port.get(), table, spec->parameters, {}, "port", {}, diagnostics));
    PortConfiguration configuration{diagnostics, table, {}, "port", 0, 2048};
    port->configure(configuration);
    CHECK(port->open().has_value() == (i % 2 == 0 && i % 3 != 0));
    (void)port->close();
  }
  CHECK(open_files() == before);
}
