#include <catch2/catch.hpp>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

std::vector<std::uint32_t> sizes_of(const Reading& reading) {
  std::vector<std::uint32_t> sizes;
  for (const Seen& packet : reading.packets) sizes.push_back(packet.captured);
  return sizes;
}

using Sizes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("pcap of all ages is read") {
  // What tshark and tcpdump read of the same files.
  const auto [file, sizes] = GENERATE(table<std::string, Sizes>(
      {{"kuznetzov.pcap", {53, 77}}, {"v22.pcap", {53}}, {"c.pcap.gz", {53, 77}}, {"c.pcap.zst", {53, 77}}}));
  INFO(file);
  const Reading reading = read(shipped(file));
  CHECK(reading.error.empty());
  CHECK(sizes_of(reading) == sizes);
}

TEST_CASE("the records of pcap before 2.4 have their lengths the other way round, in 2.3 some of them") {
  const TemporaryFolder directory;
  const bool swapped = GENERATE(false, true);
  const auto [major, minor] = GENERATE(table<std::uint16_t, std::uint16_t>({{2, 2}, {2, 3}, {543, 0}}));
  CaptureBytes capture(swapped);
  capture.u32(0xa1b2c3d4).u16(major).u16(minor).u32(0).u32(0).u32(65535).u32(1);
  capture.u32(1).u32(0).u32(1500).u32(60).zeros(60);
  const Reading reading = read(capture.write(directory / "x.pcap"));
  CHECK(reading.error.empty());
  REQUIRE(reading.packets.size() == 1);
  CHECK(reading.packets[0].captured == 60);
  CHECK(reading.packets[0].original == 1500);
}

TEST_CASE("where captures were put together with cat, reading ends with the reason") {
  const Reading reading = read(shipped("cat.pcap"));
  CHECK(reading.packets.size() == 2);
  CHECK(reading.code == ExitCode::input);
  CHECK(contains(reading.error, "past byte 186 (after 2 packets): another capture begins there: `mergecap`"));
}

TEST_CASE("an FCS of which the file speaks is no part of the frame") {
  CHECK(sizes_of(read(shipped("fcs.pcap"))) == Sizes{60, 77});

  const TemporaryFolder directory;
  CaptureBytes cut;
  cut.pcap(0xa1b2c3d4, 0x24000001);
  cut.record(1, 0, 60, 1000).record(1, 0, 62, 64).record(1, 0, 2, 2);
  const Reading reading = read(cut.write(directory / "x.pcap"));
  REQUIRE(reading.packets.size() == 2);
  CHECK(reading.packets[0].captured == 60);  // of these no part was the FCS
  CHECK(reading.packets[0].original == 996);
  CHECK(reading.packets[1].captured == 60);
  CHECK(reading.packets[1].original == 60);
  CHECK(reading.runt == 1);
}

TEST_CASE("pcapng tells the length of an FCS by interface, and by packet") {
  const TemporaryFolder directory;
  const bool swapped = GENERATE(false, true);
  CaptureBytes capture(swapped);
  CaptureBytes four = capture.like().u16(13).u16(1).raw({4, 0, 0, 0}).u16(0).u16(0);
  capture.section().interface().interface(1, &four);
  const auto packet = [&](std::uint32_t interface, std::uint32_t flags) {
    CaptureBytes body = capture.like().u32(interface).u32(0).u32(9).u32(64).u32(64).zeros(64);
    body.u16(1).u16(3).raw({'a', 'b', 'c', 0}).u16(2).u16(4).u32(flags).u16(0).u16(0);
    capture.block(6, body);
  };
  packet(0, 0);
  packet(1, 0);
  packet(0, 4 << 5);
  packet(1, 2 << 5 | 1);
  CHECK(sizes_of(read(capture.write(directory / "x.pcapng"))) == Sizes{64, 60, 60, 62});
}

TEST_CASE("an interface that cannot be made Ethernet costs only its own packets") {
  CHECK(sizes_of(read(shipped("mixed_unused.pcapng"))) == Sizes{53, 77});
  CHECK(sizes_of(read(shipped("mixed_late.pcapng"))) == Sizes{53, 77});

  const TemporaryFolder directory;
  CaptureBytes capture;
  capture.section().interface(195).interface().packet(1, 1, 60).packet(0, 2, 61).packet(1, 3, 62);
  PortRig rig("pcap", {{"read", capture.write(directory / "x.pcapng")}});
  rig.must_open();
  CHECK(rig.drain() == 2);
  CHECK(rig.counter("not_ethernet") == 1);
  CHECK(rig.close());

  CaptureBytes foreign;
  foreign.section().interface(195).packet(0, 1, 60);
  const Reading refused = read(foreign.write(directory / "y.pcapng"));
  CHECK(refused.code == ExitCode::input);
  CHECK(contains(refused.error, "IEEE802_15_4 (195)"));
}

TEST_CASE("frames of other link types get an Ethernet header") {
  using Bytes = std::vector<std::uint8_t>;
  constexpr std::size_t kIp = 39;
  const auto [file, header] = GENERATE(table<std::string, Bytes>({
      {"sll.pcap", {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0}},
      {"sll2.pcap", {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0}},
      {"raw.pcap", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}},
      {"null.pcap", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}},
  }));
  INFO(file);
  const Reading reading = read(shipped(file));
  CHECK(reading.error.empty());
  REQUIRE(reading.packets.size() == 1);
  const Seen& packet = reading.packets[0];
  CHECK(packet.captured == header.size() + kIp);
  CHECK(packet.original == header.size() + kIp);
  CHECK(Bytes(packet.bytes.begin(), packet.bytes.begin() + 14) == header);
  CHECK(packet.bytes[14] == 0x45);
}

namespace {

struct LinkCase {
  std::uint32_t link_type;
  std::vector<std::uint8_t> frame;
  int ether_type;  ///< -1: it cannot be made Ethernet
};

/// Of a Linux cooked capture.
std::vector<std::uint8_t> sll(std::uint8_t type, std::uint16_t hardware, std::uint16_t protocol) {
  std::vector<std::uint8_t> frame{0, type, 0, 0, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0x45, 0, 0, 0};
  frame[2] = static_cast<std::uint8_t>(hardware >> 8);
  frame[3] = static_cast<std::uint8_t>(hardware);
  frame[14] = static_cast<std::uint8_t>(protocol >> 8);
  frame[15] = static_cast<std::uint8_t>(protocol);
  return frame;
}

std::vector<LinkCase> link_cases() {
  return {
      {0, {2, 0, 0, 0, 0x45}, 0x0800},
      {0, {0, 0, 0, 2, 0x45}, 0x0800},
      {0, {30, 0, 0, 0, 0x60}, 0x86dd},
      {0, {0, 0, 0, 24, 0x60}, 0x86dd},
      {0, {28, 0, 0, 0, 0x60}, 0x86dd},
      {0, {10, 0, 0, 0, 0x60}, 0x86dd},
      {0, {23, 0, 0, 0, 0x60}, 0x86dd},
      {0, {7, 0, 0, 0, 0x45}, -1},
      {0, {2, 0, 0}, -1},
      {108, {0, 0, 0, 2, 0x45}, 0x0800},
      {108, {0, 0, 0, 24, 0x60}, 0x86dd},
      {108, {2, 0, 0, 0, 0x45}, -1},
      {101, {0x60, 0, 0, 0}, 0x86dd},
      {12, {0x45, 0, 0, 0}, 0x0800},
      {228, {0x45, 0, 0, 0}, 0x0800},
      {229, {0x60, 0, 0, 0}, 0x86dd},
      {101, {0x15, 0, 0, 0}, -1},
      {101, {}, -1},
      {113, sll(0, 1, 0x8100), 0x8100},
      {113, sll(0, 1, 4), 4},
      {113, sll(0, 824, 0), -1},
      {113, sll(0, 280, 12), -1},
      {113, {0, 0, 0, 1, 0, 6}, -1},
  };
}

}  // namespace

TEST_CASE("address families are read as every system writes them, and headers as their fields say") {
  const TemporaryFolder directory;
  for (const LinkCase& one : link_cases()) {
    CaptureBytes capture = CaptureBytes().pcap(0xa1b2c3d4, one.link_type);
    const auto size = static_cast<std::uint32_t>(one.frame.size());
    capture.u32(1).u32(0).u32(size).u32(size).raw(one.frame);
    PortRig rig("pcap", {{"read", capture.write(directory / "x.pcap")}});
    rig.must_open();
    const auto packets = rig.receive();
    INFO(one.link_type << " " << one.ether_type);
    CHECK(packets.size() == (one.ether_type >= 0 ? 1 : 0));
    CHECK(rig.counter("not_ethernet") == (one.ether_type >= 0 ? 0 : 1));
    for (const Packet* packet : packets)
      CHECK((packet->data()[12] << 8 | packet->data()[13]) == one.ether_type);
    rig.give_back(packets);
  }
}

TEST_CASE("a frame for everybody stays one, and a note says that headers were made") {
  const TemporaryFolder directory;
  CaptureBytes capture = CaptureBytes().pcap(0xa1b2c3d4, 113);
  capture.u32(1).u32(0).u32(20).u32(100).raw({0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 8, 6, 1, 2, 3, 4});
  const std::string path = capture.write(directory / "x.pcap");
  PortRig rig("pcap", {{"read", path}});
  rig.must_open();
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 1);
  CHECK(std::vector<std::uint8_t>(packets[0]->data(), packets[0]->data() + packets[0]->length()) ==
        std::vector<std::uint8_t>{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 8, 6, 1, 2, 3, 4});
  CHECK(packets[0]->wire_length() == 98);
  rig.give_back(packets);
  std::vector<std::string> notes;
  const auto note = [&](EventKind, std::string_view text) { notes.emplace_back(text); };
  rig.port->supervise(note);
  rig.port->supervise(note);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "x.pcap' is of link type LINUX_SLL (113): its frames get Ethernet headers"));
}

TEST_CASE("files of other programs are called by their names") {
  const TemporaryFolder directory;
  const auto [start, name] = GENERATE(
      table<std::vector<std::uint8_t>, std::string>({{{'s', 'n', 'o', 'o', 'p', 0, 0, 0}, "snoop"},
                                                     {{0xfd, '7', 'z', 'X', 'Z', 0, 0, 0}, "xzcat"},
                                                     {{'B', 'Z', 'h', '9', 1, 2, 3, 4}, "bzcat"},
                                                     {{0x04, 0x22, 0x4d, 0x18, 1, 2, 3, 4}, "lz4cat"}}));
  const Reading reading = read(CaptureBytes().raw(start).zeros(40).write(directory / "x"));
  CHECK(reading.code == ExitCode::input);
  CHECK(contains(reading.error, name));
}

TEST_CASE("records with the longer headers of old systems are known by what stands behind the first packet") {
  const TemporaryFolder directory;
  const bool swapped = GENERATE(false, true);
  // Nokia's and Red Hat 6.1's under the usual magic, SuSE 6.3's under Kuznetzov's.
  const auto [magic, header] = GENERATE(table<std::uint32_t, std::size_t>(
      {{0xa1b2c3d4, 16}, {0xa1b2c3d4, 20}, {0xa1b2c3d4, 24}, {0xa1b2cd34, 24}, {0xa1b2cd34, 28}}));
  CaptureBytes capture(swapped);
  capture.pcap(magic);
  for (std::uint32_t i = 0; i < 3; ++i)
    capture.u32(1'000'000'000 + i)
        .u32(5)
        .u32(60 + i)
        .u32(1500)
        .zeros(header - 16)
        .raw(std::vector<std::uint8_t>(60 + i, 0x77));
  const Reading reading = read(capture.write(directory / "x"));
  CHECK(reading.error.empty());
  CHECK(sizes_of(reading) == Sizes{60, 61, 62});
  for (const Seen& packet : reading.packets) CHECK(packet.bytes[0] == 0x77);
}
