#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kMaxfrs = 0x4268, kRdrxctl = 0x2F00;
constexpr std::uint32_t kVme = 1U << 30, kJumbo = 1U << 2, kStoreBad = 1U << 1, kDropEnable = 1U << 28;
constexpr std::uint32_t kLegacyFormat = 2, kAdvanced1K = 0x02000001, kAdvanced2K = 0x02000002;

constexpr std::uint64_t kDone = 1, kEnd = 2;

class ReceiveRig : public Rig {
 public:
  explicit ReceiveRig(std::uint32_t split = kAdvanced2K) {
    bring_up();
    start_rx(0, split);
  }
  std::uint64_t status_of(std::uint32_t index) { return rx(0, index).high & 0xFFFFF; }
  std::uint64_t error_of(std::uint32_t index) { return rx(0, index).high >> 20 & 0xFFF; }
  std::uint64_t length_of(std::uint32_t index) { return rx(0, index).high >> 32 & 0xFFFF; }
  Bytes data_of(std::uint32_t index) { return bytes(rx_buffer(0, index), length_of(index)); }
};

}  // namespace

TEST_CASE("A frame longer than a buffer fills several descriptors, the last of which ends it") {
  ReceiveRig rig(kAdvanced1K);
  const Bytes frame = test_frame(1514);
  rig.receive(frame);
  CHECK((rig.status_of(0) & 3) == kDone);
  CHECK(rig.length_of(0) == 1024);
  CHECK((rig.status_of(1) & 3) == (kDone | kEnd));
  CHECK(rig.length_of(1) == 490);
  CHECK(join({rig.data_of(0), rig.data_of(1)}) == frame);
  CHECK(rig.read(0x1010) == 2);
}

TEST_CASE("The ring wraps and never passes the tail") {
  ReceiveRig rig;
  for (std::uint32_t i = 0; i < 3 * Rig::kRing; ++i) {
    rig.store(Rig::rx_ring(0) + 16ULL * (i % Rig::kRing), {Rig::rx_buffer(0, i % Rig::kRing), 0});
    rig.write(0x1018, (i + Rig::kRing - 1) % Rig::kRing);
    const Bytes frame = test_frame(60, static_cast<std::uint8_t>(i));
    rig.receive(frame);
    REQUIRE(rig.data_of(i % Rig::kRing) == frame);
  }
  // The head is at 0 and the tail at 62: so many are free.
  for (std::uint32_t i = 0; i < Rig::kRing; ++i) rig.wire.incoming.push_back(test_frame(60));
  rig.poll();
  CHECK(rig.wire.incoming.size() == Rig::kRing - 62);
}

TEST_CASE("Legacy descriptors keep the address and say less") {
  ReceiveRig rig(kLegacyFormat);
  const Bytes frame = udp_frame();
  rig.receive(frame);
  const Words done = rig.rx(0, 0);
  CHECK(done.low == Rig::rx_buffer(0, 0));
  CHECK((done.high & 0xFFFF) == frame.size());
  CHECK((done.high >> 32 & 0xFF) == (kDone | kEnd | 1U << 4 | 1U << 5 | 1U << 6));
  CHECK((done.high >> 40 & 0xFF) == 0);
  CHECK(rig.bytes(Rig::rx_buffer(0, 0), frame.size()) == frame);
}

TEST_CASE("VME strips the tag into the descriptor") {
  ReceiveRig rig;
  rig.set(kRxdctl, kVme);
  const Bytes frame = vlan_udp_frame(0xA123);
  rig.receive(frame);
  CHECK(rig.rx(0, 0).high >> 48 == 0xA123);
  CHECK((rig.status_of(0) & 1U << 3) != 0);
  Bytes without = frame;
  without.erase(without.begin() + 12, without.begin() + 16);
  CHECK(rig.data_of(0) == without);
  rig.receive(udp_frame());
  CHECK((rig.status_of(1) & 1U << 3) == 0);
}

TEST_CASE("Without CRC strip the frame check sequence follows the frame") {
  ReceiveRig rig;
  rig.clear(kRdrxctl, 2);
  rig.receive(Bytes(60, 0));
  CHECK(rig.length_of(0) == 64);
  // The CRC-32 of 60 zeros, least significant byte first.
  CHECK(rig.bytes(Rig::rx_buffer(0, 0) + 60, 4) == from_hex("08891204"));
}

TEST_CASE("Lengths: 1,518 bytes, a tag more, and jumbo frames up to MAXFRS") {
  ReceiveRig rig;
  rig.clear(kHlreg0, kJumbo);
  const auto takes = [&rig](const Bytes& frame) {
    const std::uint64_t before = rig.status("rx_packets");
    rig.receive(frame);
    return rig.status("rx_packets") == before + 1;
  };
  CHECK(takes(test_frame(1514)));
  CHECK_FALSE(takes(test_frame(1515)));
  Bytes tagged = test_frame(1518);
  tagged[12] = 0x81, tagged[13] = 0x00;
  CHECK(takes(tagged));
  rig.set(kHlreg0, kJumbo);
  rig.write(kMaxfrs, 9018U << 16);
  CHECK(takes(test_frame(9014)));
  CHECK_FALSE(takes(test_frame(9015)));
  CHECK(rig.read(0x40AC) == 2);  // ROC
}

TEST_CASE("Runts are dropped and counted, and stored with SBP") {
  ReceiveRig rig;
  REQUIRE(rig.faults->inject("runts on").has_value());
  rig.receive(test_frame(40));
  CHECK(rig.status("rx_dropped_runt") == 1);
  CHECK(rig.read(0x40A4) == 1);  // RUC
  rig.set(kFctrl, kStoreBad);
  rig.receive(test_frame(40));
  CHECK(rig.length_of(0) == 40);
  CHECK((rig.error_of(0) & 1U << 9) != 0);  // RXE
}

TEST_CASE("A short frame of software is padded as its sender's MAC would have") {
  ReceiveRig rig;
  rig.receive(arp_frame());
  CHECK(rig.length_of(0) == 60);
  CHECK(rig.data_of(0) == padded(arp_frame()));
}

TEST_CASE("Without descriptors a patient wire waits, an impatient one loses") {
  ReceiveRig rig;
  for (std::uint32_t i = 0; i < Rig::kRing; ++i) rig.receive(test_frame(60));
  CHECK(rig.wire.incoming.size() == 1);
  CHECK(rig.read(0x4074) == Rig::kRing - 1);  // GPRC: what waits is not counted yet
  rig.wire.waits = false;
  rig.poll();
  CHECK(rig.wire.incoming.empty());
  CHECK(rig.status("rx_dropped_no_descriptor") == 1);
  CHECK(rig.read(0x3FA0) == 1);  // MPC
  rig.write(0x1014, kAdvanced2K | kDropEnable);
  rig.receive(test_frame(60));
  CHECK(rig.read(0x3FA0) == 0);
  CHECK(rig.read(0x1430) == 1);  // QPRDC
}

TEST_CASE("Frames for a queue that is not enabled are dropped") {
  Rig rig;
  rig.bring_up();
  rig.receive(test_frame(60));
  CHECK(rig.wire.incoming.empty());
  CHECK(rig.status("rx_dropped_queue_disabled") == 1);
}

TEST_CASE("A frame that no ring of this size can hold is dropped") {
  ReceiveRig rig(kAdvanced1K);
  rig.write(kHlreg0, rig.read(kHlreg0) | kJumbo);
  rig.write(kMaxfrs, 16000U << 16);
  rig.clear(kRxdctl, 1U << 25);
  rig.run(100'000, 10'000);
  rig.write(0x1008, 128);  // eight descriptors
  rig.set(kRxdctl, 1U << 25);
  rig.run(100'000, 10'000);
  rig.write(0x1018, 7);
  rig.receive(test_frame(9000));
  CHECK(rig.status("rx_dropped_ring_too_small") == 1);
}

TEST_CASE("A buffer that is not there costs its data, no more") {
  ReceiveRig rig;
  rig.store(Rig::rx_ring(0), {0xDEAD0000, 0});
  rig.receive(test_frame(60));
  CHECK((rig.status_of(0) & 1) == 1);
  CHECK(rig.status("rx_bad_address") == 1);
  rig.receive(test_frame(60));
  CHECK(rig.data_of(1) == test_frame(60));
}

TEST_CASE("Memory that is reached by messages does as well") {
  ReceiveRig rig(kAdvanced1K);
  rig.memory.by_message = true;
  const Bytes frame = test_frame(1514);
  rig.receive(frame);
  CHECK(join({rig.data_of(0), rig.data_of(1)}) == frame);
}

TEST_CASE("Nothing is received while the receiver, the bus or the queue is off") {
  ReceiveRig rig;
  rig.clear(0x3000, 1);
  rig.receive(test_frame(60));
  CHECK(rig.wire.incoming.size() == 1);
  rig.set(0x3000, 1);
  rig.write(0x8D00, 2);  // SECRXCTRL.RX_DIS
  rig.poll();
  CHECK((rig.read(0x8D04) & 1) == 1);
  rig.write(0x8D00, 0);
  rig.device->set_bus_master(false);
  rig.poll();
  rig.device->set_bus_master(true);
  rig.set(0x0000, 4);  // master disable
  CHECK((rig.read(0x0008) & 1U << 19) == 0);
  rig.poll();
  CHECK(rig.wire.incoming.size() == 1);
  rig.clear(0x0000, 4);
  rig.poll();
  CHECK(rig.wire.incoming.empty());
}

TEST_CASE("Headers are split off as PSRTYPE and SRRCTL say") {
  Rig rig;
  rig.bring_up();
  rig.start_rx(0, 2U << 25 | 2U << 8 | 2);  // header split, headers of 128 bytes
  rig.write(0x5480, 1U << 4);               // PSRTYPE: TCP
  const std::uint64_t header = FakeMemory::kBase + 0x80000;
  for (std::uint32_t i = 0; i < 2; ++i)
    rig.store(Rig::rx_ring(0) + 16ULL * i, {Rig::rx_buffer(0, i), header + 128 * i});
  const Bytes frame = ethernet({}, ipv4({.protocol = 6}, tcp({}, counting(100))));
  rig.receive(frame);
  CHECK((rig.rx(0, 0).low >> 21 & 0x3FF) == 54);
  CHECK((rig.rx(0, 0).low >> 31 & 1) == 1);
  CHECK((rig.rx(0, 0).high >> 32 & 0xFFFF) == 100);
  CHECK(rig.bytes(header, 54) == frame.first(54));
  CHECK(rig.bytes(Rig::rx_buffer(0, 0), 100) == counting(100));
  rig.receive(udp_frame());
  CHECK((rig.rx(0, 1).low >> 31 & 1) == 0);
  CHECK((rig.rx(0, 1).high >> 32 & 0xFFFF) == 60);
}
