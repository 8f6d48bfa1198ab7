#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

Value list(const std::vector<std::string>& paths) {
  Value::List items;
  for (const std::string& path : paths) items.emplace_back(Value::Data(path));
  return Value(Value::Data(std::move(items)));
}

std::vector<std::uint32_t> sizes(const std::vector<std::string>& paths, PortRig::Parameters more = {}) {
  more.push_back({"read", list(paths).data()});
  PortRig rig("pcap", std::move(more));
  rig.must_open();
  std::vector<std::uint32_t> result;
  while (!rig.port->exhausted(0)) {
    const auto packets = rig.receive();
    for (const Packet* packet : packets) result.push_back(packet->length());
    rig.give_back(packets);
  }
  return result;
}

using Sizes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("several captures are merged by time, equal times in the order of the files") {
  const TemporaryFolder directory;
  const std::string a =
      CaptureBytes().pcap().record(1, 0, 60).record(3, 0, 61).record(5, 0, 62).write(directory / "a");
  const std::string b = CaptureBytes()
                            .section()
                            .interface()
                            .packet(0, 2'000'000, 70)
                            .packet(0, 3'000'000, 71)
                            .write(directory / "b");
  const std::string empty = CaptureBytes().pcap().write(directory / "c");
  CHECK(sizes({a, b, empty}) == Sizes{60, 70, 61, 71, 62});
  CHECK(sizes({b, a}) == Sizes{60, 70, 71, 61, 62});
  CHECK(sizes({a, b}, {{"loop", std::int64_t{2}}}) == Sizes{60, 70, 61, 71, 62, 60, 70, 61, 71, 62});
  CHECK(sizes({a, b}, {{"count", std::int64_t{3}}}) == Sizes{60, 70, 61});
}

TEST_CASE(
    "a packet without a time stamp stays behind the one before it, and a step back is no reason to wait") {
  const TemporaryFolder directory;
  CaptureBytes untimed;
  untimed.section().interface().packet(0, 4'000'000, 60);
  untimed.block(3, CaptureBytes().u32(61).zeros(61));
  const std::string a = untimed.write(directory / "a");
  const std::string b =
      CaptureBytes().pcap().record(3, 0, 70).record(1, 0, 71).record(5, 0, 72).write(directory / "b");
  CHECK(sizes({a, b}) == Sizes{70, 71, 60, 61, 72});
}

TEST_CASE("a damaged capture among several ends alone, and is named at the end") {
  const TemporaryFolder directory;
  const std::string a =
      CaptureBytes().pcap().record(1, 0, 60).u32(2).u32(0).u32(99).u32(99).zeros(10).write(directory / "a");
  const std::string b = CaptureBytes().pcap().record(2, 0, 70).record(3, 0, 71).write(directory / "b");
  PortRig rig("pcap", {{"read", list({a, b}).data()}});
  rig.must_open();
  CHECK(rig.drain() == 3);
  const Result<void> closed = rig.close();
  REQUIRE_FALSE(closed);
  CHECK(contains(closed.error().text, "/a' past byte 100 (after 1 packet): the file ends in the middle"));
}

TEST_CASE("what a pipe will bring may come first, and is waited for") {
  const TemporaryFolder directory;
  const std::string a = CaptureBytes().pcap().record(2, 0, 60).write(directory / "a");
  const std::string fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  PortRig rig("pcap", {{"read", list({a, fifo}).data()}});
  rig.must_open();
  CHECK(rig.receive().empty());
  const int writer = ::open(fifo.c_str(), O_WRONLY);
  const auto bytes = CaptureBytes().pcap().record(1, 0, 70).bytes();
  REQUIRE(::write(writer, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  auto packets = rig.receive();
  REQUIRE(packets.size() == 1);
  CHECK(packets[0]->length() == 70);
  rig.give_back(packets);
  ::close(writer);
  packets = rig.receive();
  REQUIRE(packets.size() == 1);
  CHECK(packets[0]->length() == 60);
  rig.give_back(packets);
  CHECK(rig.port->exhausted(0));
}
