#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kSaqf = 0xE000, kDaqf = 0xE200, kSdpqf = 0xE400, kFtqf = 0xE600, kL34Timir = 0xE800;
constexpr std::uint32_t kSynqf = 0xEC30, kFdirCtrl = 0xEE00, kFdirIpSa = 0xEE18, kFdirIpDa = 0xEE1C;
constexpr std::uint32_t kFdirPort = 0xEE20, kFdirVlan = 0xEE24, kFdirHash = 0xEE28, kFdirCmd = 0xEE2C;
constexpr std::uint32_t kFdirFree = 0xEE38, kFdirSip4M = 0xEE40, kFdirTcpM = 0xEE44, kFdirMatch = 0xEE58;
constexpr std::uint32_t kFdirMiss = 0xEE5C, kFdirHashKey = 0xEE68, kFdirSignatureKey = 0xEE6C,
                        kFdirM = 0xEE70;
constexpr std::uint32_t kFilterEnable = 1U << 31, kAnyPool = 1U << 30;
constexpr std::uint32_t kAdd = 1 | 1U << 3 | 1U << 11 | 1U << 15;  // update, last, a queue
constexpr std::uint32_t kFlowTcp = 2U << 5, kFlowUdp = 1U << 5, kFlowIpv6 = 1U << 7, kFlowDrop = 1U << 9;
constexpr std::uint32_t kFlowMatched = 1U << 2;  // status FLM

Bytes tcp_to(std::uint16_t port, std::uint8_t flags = 0x10) {
  return padded(ethernet({.type = 0x0800},
                         ipv4({.source = "10.1.2.3", .destination = "10.4.5.6", .protocol = 6},
                              tcp({.source = 1000, .destination = port, .flags = flags}, counting(20)))));
}
Bytes udp_to(std::uint16_t port) {
  return padded(ethernet({.type = 0x0800}, ipv4({.source = "10.1.2.3", .destination = "10.4.5.6"},
                                                udp({.source = 1000, .destination = port}, counting(20)))));
}

/// A card with queues 0 to 3.
class FlowRig : public Rig {
 public:
  FlowRig() {
    bring_up();
    for (std::uint32_t queue = 0; queue < 4; ++queue) start_rx(queue);
  }
  /// The queue that the frame came to; 99: none.
  std::uint32_t queue_of(const Bytes& frame) {
    receive(frame);
    for (std::uint32_t queue = 0; queue < 4; ++queue)
      if (((last = rx(queue, next_[queue])).high & 1) != 0) return ++next_[queue], queue;
    return 99;
  }
  /// Addresses and ports as a driver copies them from a frame.
  void add_tuple(std::uint32_t index, std::uint32_t ignored, std::uint32_t priority, std::uint32_t queue) {
    write(kSaqf + 4 * index, 0x0302010A);
    write(kDaqf + 4 * index, 0x0605040A);
    write(kSdpqf + 4 * index, 0x5000'E803);  // 80 and 1000
    write(kL34Timir + 4 * index, queue << 21);
    write(kFtqf + 4 * index, priority << 2 | ignored << 25 | kAnyPool | kFilterEnable);
  }
  /// The Flow Director as drivers start it: all of an IPv4 flow counts, but for VLAN, pool and flexible
  /// bytes.
  void direct(std::uint32_t mode) {
    write(kFdirHashKey, 0x3DAD14E2);
    write(kFdirSignatureKey, 0x174D3614);
    write(kFdirM, 0x37);
    write(kFdirCtrl, 1 | mode | 1U << 5 | 6U << 16);
    run(1'000'000);
    CHECK((read(kFdirCtrl) & 8) != 0);
  }
  void add_flow(std::uint32_t id, std::uint32_t command, std::uint32_t port = 80) {
    write(kFdirIpSa, 0x0A010203);
    write(kFdirIpDa, 0x0A040506);
    write(kFdirPort, port << 16 | 1000);
    write(kFdirVlan, 0);
    write(kFdirHash, id << 16);
    write(kFdirCmd, command | kAdd);
    CHECK((read(kFdirCmd) & 3) == 0);
  }

  Words last;

 private:
  std::uint32_t next_[4] = {};
};

constexpr std::uint32_t kPerfect = 1U << 4;

}  // namespace

TEST_CASE("A five-tuple filter sends its flow to its queue, and what differs in any part elsewhere") {
  FlowRig rig;
  rig.add_tuple(5, 0, 1, 3);
  CHECK(rig.queue_of(tcp_to(80)) == 3);
  CHECK(rig.queue_of(tcp_to(81)) == 0);
  CHECK(rig.queue_of(udp_to(80)) == 0);
  rig.write(kFtqf + 4 * 5, 0);
  CHECK(rig.queue_of(tcp_to(80)) == 0);
}

TEST_CASE("A five-tuple filter compares what it is told to, and the one of the highest priority wins") {
  FlowRig rig;
  rig.add_tuple(0, 0x1F, 1, 1);
  CHECK(rig.queue_of(udp_to(81)) == 1);
  rig.add_tuple(1, 0x17, 7, 2);  // the destination port alone
  CHECK(rig.queue_of(udp_to(80)) == 2);
  CHECK(rig.queue_of(udp_to(81)) == 1);
  CHECK(rig.queue_of(tcp_to(80)) == 2);
}

TEST_CASE("The SYN filter takes the beginnings of connections, before or after the five-tuples") {
  FlowRig rig;
  rig.write(kSynqf, 1 | 2U << 1);
  CHECK(rig.queue_of(tcp_to(80, 0x02)) == 2);
  CHECK(rig.queue_of(tcp_to(80, 0x10)) == 0);
  rig.add_tuple(0, 0, 1, 3);
  CHECK(rig.queue_of(tcp_to(80, 0x02)) == 3);
  rig.write(kSynqf, 1 | 2U << 1 | kFilterEnable);
  CHECK(rig.queue_of(tcp_to(80, 0x02)) == 2);
}

TEST_CASE("The Flow Director sends an exact flow to its queue, and tells of the filter") {
  FlowRig rig;
  rig.direct(kPerfect);
  const std::uint32_t free = rig.read(kFdirFree);
  rig.add_flow(77, kFlowTcp | 2U << 16);
  CHECK(rig.read(kFdirFree) == free - 1);
  CHECK(rig.queue_of(tcp_to(80)) == 2);
  CHECK((rig.last.high & kFlowMatched) != 0);
  CHECK((rig.last.low & 0xF) == 15);
  CHECK(rig.last.low >> 48 == 77);
  CHECK(rig.queue_of(tcp_to(81)) == 0);
  CHECK((rig.last.high & kFlowMatched) == 0);
  CHECK(rig.queue_of(udp_to(80)) == 0);
  CHECK(rig.read(kFdirMatch) == 1);
  CHECK(rig.read(kFdirMiss) == 2);
}

TEST_CASE("A filter of the Flow Director can drop, be found, changed and removed") {
  FlowRig rig;
  rig.direct(kPerfect);
  rig.add_flow(1, kFlowUdp | kFlowDrop | 127U << 16);
  CHECK(rig.queue_of(udp_to(80)) == 99);
  CHECK(rig.status("rx_dropped_by_flow_filter") == 1);
  rig.write(kFdirCmd, 3);
  CHECK((rig.read(kFdirCmd) & 4) != 0);
  rig.add_flow(1, kFlowUdp | 1U << 16);
  CHECK(rig.queue_of(udp_to(80)) == 1);
  rig.write(kFdirCmd, 2);
  rig.write(kFdirCmd, 3);
  CHECK((rig.read(kFdirCmd) & 4) == 0);
  CHECK(rig.queue_of(udp_to(80)) == 0);
}

TEST_CASE("Masks of the Flow Director say what is not compared") {
  FlowRig rig;
  rig.direct(kPerfect);
  rig.add_flow(1, kFlowTcp | 3U << 16, 0);
  CHECK(rig.queue_of(tcp_to(80)) == 0);
  rig.write(kFdirTcpM, 0xFFFF'0000);  // no destination port
  CHECK(rig.queue_of(tcp_to(80)) == 3);
  rig.write(kFdirIpSa, 0x0A010299);
  rig.write(kFdirCmd, kFlowTcp | 3U << 16 | kAdd);
  CHECK(rig.queue_of(tcp_to(80)) == 0);
  rig.write(kFdirSip4M, 0xFF);
  CHECK(rig.queue_of(tcp_to(80)) == 3);
}

// What ixgbe_atr_compute_sig_hash_82599 of Intel's drivers gives for these flows.
TEST_CASE("Filters by signature match the hash that drivers compute") {
  struct Case {
    Bytes frame;
    std::uint32_t hash;
    std::uint32_t type;
  };
  const Bytes tagged =
      ethernet({.type = 0x8100}, vlan(0x2005, 0x0800,
                                      ipv4({.source = "10.1.2.3", .destination = "10.4.5.6"},
                                           udp({.source = 1000, .destination = 80}, counting(20)))));
  const Bytes v6 =
      ethernet({.type = 0x86DD},
               ipv6({.source = "3ffe:501:8::260:97ff:fe40:efab", .destination = "ff02::1", .next_header = 6},
                    tcp({.source = 1000, .destination = 80}, counting(20))));
  for (const auto& [frame, hash, type] : {Case{tcp_to(80), 0x440a67d1, kFlowTcp},
                                          {tagged, 0x54b738cd, kFlowUdp},
                                          {v6, 0x5f571ddf, kFlowTcp | kFlowIpv6}}) {
    FlowRig rig;
    rig.direct(0);
    rig.write(kFdirHash, hash);
    rig.write(kFdirCmd, type | 2U << 16 | kAdd);
    CHECK(rig.queue_of(frame) == 2);
    CHECK((rig.last.high & kFlowMatched) != 0);
    CHECK(rig.queue_of(udp_to(5)) == 0);
  }
}
