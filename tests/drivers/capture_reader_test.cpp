#include <pcap/pcap.h>

#include <algorithm>
#include <array>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"
#include "tests/drivers/port_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// What libpcap makes of it; nothing when it refuses the file. Its packets end at the first damaged one. A
/// frame that claims to have been shorter on the wire than it is here was as long as it is.
std::optional<std::vector<Seen>> read_with_libpcap(const std::string& path, int* link_type = nullptr) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* capture = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  if (capture == nullptr) return std::nullopt;
  if (link_type != nullptr) *link_type = pcap_datalink(capture);
  std::vector<Seen> result;
  pcap_pkthdr* header;
  const u_char* data;
  while (pcap_next_ex(capture, &header, &data) == 1)
    result.push_back({header->ts.tv_sec * 1'000'000'000LL + header->ts.tv_usec,
                      header->caplen,
                      header->len,
                      {data, data + header->caplen}});
  pcap_close(capture);
  return result;
}

/// Whether the packets are those of libpcap, which cuts frames that are longer than the file's snap length
/// says; here they are kept whole.
bool same_packets(const std::vector<Seen>& packets, const std::vector<Seen>& libpcap) {
  return std::equal(packets.begin(), packets.end(), libpcap.begin(), libpcap.end(),
                    [](const Seen& ours, const Seen& theirs) {
                      return ours.timestamp == theirs.timestamp &&
                             ours.original == std::max(ours.captured, theirs.original) &&
                             theirs.captured <= ours.captured &&
                             std::equal(theirs.bytes.begin(), theirs.bytes.end(), ours.bytes.begin());
                    });
}

bool becomes_ethernet(int link_type) {
  constexpr std::array kTypes{DLT_EN10MB,    DLT_NULL,       DLT_LOOP, DLT_RAW,
                              DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_IPV4, DLT_IPV6};
  return std::ranges::find(kTypes, link_type) != kTypes.end();
}

}  // namespace

TEST_CASE("a real capture is read packet by packet as libpcap reads it") {
  const Reading reading = read(kInternet);
  CHECK(reading.error.empty());
  REQUIRE(reading.packets.size() == 4096);
  CHECK(reading.packets == *read_with_libpcap(kInternet));
}

TEST_CASE("microseconds and nanoseconds are read in either byte order") {
  const TemporaryFolder directory;
  const bool swapped = GENERATE(false, true);
  const bool nano = GENERATE(false, true);
  CaptureBytes capture(swapped);
  capture.pcap(nano ? 0xa1b23c4d : 0xa1b2c3d4).record(5, 7, 60).record(4000000000U, 999, 70, 1500);
  const Reading reading = read(capture.write(directory / "x.pcap"));
  CHECK(reading.error.empty());
  REQUIRE(reading.packets.size() == 2);
  CHECK(reading.packets[0].timestamp == 5'000'000'000 + (nano ? 7 : 7000));
  CHECK(reading.packets[1].timestamp == 4'000'000'000'000'000'000 + (nano ? 999 : 999'000));
  CHECK(reading.packets[1].captured == 70);
  CHECK(reading.packets[1].original == 1500);
}

TEST_CASE("pcapng is read with its own resolution and offset of time, in either byte order") {
  const TemporaryFolder directory;
  const bool swapped = GENERATE(false, true);
  CaptureBytes capture(swapped);
  CaptureBytes nano = capture.like().u16(9).u16(1).raw({9, 0, 0, 0}).u16(0).u16(0);
  CaptureBytes binary = capture.like().u16(9).u16(1).raw({0x80 | 10, 0, 0, 0});
  CaptureBytes offset = capture.like().u16(14).u16(8);
  swapped ? offset.u32(0).u32(100) : offset.u32(100).u32(0);
  capture.section().interface().interface(1, &nano).interface(1, &binary).interface(1, &offset);
  capture.packet(0, 3'000'001, 60)
      .packet(1, 3'000'000'001, 61)
      .packet(2, 3 * 1024 + 512, 62)
      .packet(3, 5, 63);
  capture.block(3, capture.like().u32(64).zeros(64)).block(0x0bad, capture.like().zeros(8)).packet(0, 0, 65);
  // The obsolete Packet Block, and a second section with interfaces of its own.
  capture.block(2, capture.like().u16(0).u16(0).u32(0).u32(7).u32(66).u32(70).zeros(66));
  capture.section().interface().packet(0, 9, 67);
  const Reading reading = read(capture.write(directory / "x.pcapng"));
  CHECK(reading.error.empty());
  std::vector<std::pair<std::uint32_t, Nanoseconds>> seen;
  for (const Seen& packet : reading.packets) seen.push_back({packet.captured, packet.timestamp});
  CHECK(seen == std::vector<std::pair<std::uint32_t, Nanoseconds>>{{60, 3'000'001'000},
                                                                   {61, 3'000'000'001},
                                                                   {62, 3'500'000'000},
                                                                   {63, 100'000'005'000},
                                                                   {64, 0},
                                                                   {65, 0},
                                                                   {66, 7'000},
                                                                   {67, 9'000}});
}

TEST_CASE("D1: frames too short or too long for a packet are dropped and counted, the rest is right") {
  const TemporaryFolder directory;
  CaptureBytes capture = CaptureBytes().pcap(0xa1b2c3d4, 1, 262144);
  for (const std::uint32_t size :
       {0U, 1U, 13U, 14U, 15U, 59U, 60U, 2047U, 2048U, 2049U, 9000U, 65535U, 262144U})
    capture.record(1, 1, size);
  const Reading reading = read(capture.write(directory / "x.pcap"));
  CHECK(reading.error.empty());
  std::vector<std::uint32_t> sizes;
  for (const Seen& packet : reading.packets) {
    sizes.push_back(packet.captured);
    CHECK(packet.bytes ==
          std::vector<std::uint8_t>(packet.captured, static_cast<std::uint8_t>(packet.captured)));
  }
  CHECK(sizes == std::vector<std::uint32_t>{14, 15, 59, 60, 2047, 2048});
  CHECK(reading.runt == 3);
  CHECK(reading.oversize == 4);
}

TEST_CASE("H6: a file's packets wait when there is no buffer, and none is lost") {
  PortRig rig("pcap", {{"read", kInternet}}, {.buffers = 20});
  rig.must_open();
  const auto held = rig.receive(13);
  REQUIRE(held.size() == 13);
  std::uint64_t count = 13 + rig.receive(0).size();
  const auto rest = rig.receive(64);
  CHECK(rest.size() == 7);
  CHECK(rig.receive(64).empty());
  CHECK_FALSE(rig.port->exhausted(0));
  rig.give_back(held);
  rig.give_back(rest);
  count += 7 + rig.drain(64);
  CHECK(count == 4096);
}

TEST_CASE("all odd captures are read as libpcap reads them, or refused by the name of their link type") {
  const auto corpus = corpus_path();
  if (!corpus) {
    WARN("skipped: the large captures are not here; set IXYFLOW_CAPTURES");
    return;
  }
  const std::filesystem::path folder = *corpus / "odd";
  int ethernet = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    INFO(path);
    int link_type = 0;
    const auto expected = read_with_libpcap(path, &link_type);
    const Reading reading = read(path, {}, {.packet_size = 65536});
    if (!expected) {
      CHECK_FALSE(reading.error.empty());
    } else if (!becomes_ethernet(link_type)) {
      CHECK((!reading.opened || expected->empty()));
      const char* name = pcap_datalink_val_to_name(link_type);
      if (!reading.opened) CHECK(contains(reading.error, name != nullptr ? name : "number"));
    } else if (link_type != DLT_EN10MB) {
      CHECK(reading.packets.size() + reading.runt + reading.oversize + reading.not_ethernet ==
            expected->size());
    } else {
      ++ethernet;
      CHECK(reading.packets.size() + reading.runt + reading.oversize == expected->size());
      if (reading.runt + reading.oversize == 0) CHECK(same_packets(reading.packets, *expected));
    }
  }
  CHECK(ethernet > 200);
}
