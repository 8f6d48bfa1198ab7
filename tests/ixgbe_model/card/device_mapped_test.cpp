#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kRdt = 0x1018, kRdh = 0x1010, kTdt = 0x6018;
constexpr std::uint32_t kEnable = 1U << 25;

/// A driver that has mapped the queue pages: what it writes there nobody tells the card.
class MappedRig : public Rig {
 public:
  MappedRig() : Rig({.map_queues = true}) {
    bring_up();
    set_up(kRdh & ~0x3FU, rx_ring(0));
    set_up(kTdh & ~0x3FU, tx_ring(0));
    write_mapped(0x1014, 0x02000002);
    fill();
  }
  void set_up(std::uint32_t queue, std::uint64_t ring) {
    write_mapped(queue + 0x00, static_cast<std::uint32_t>(ring));
    write_mapped(queue + 0x04, static_cast<std::uint32_t>(ring >> 32));
    write_mapped(queue + 0x08, 16 * kRing);
    write_mapped(queue + 0x10, 0);
    write_mapped(queue + 0x18, 0);
    write_mapped(queue + 0x28, kEnable);
  }
  void fill() {
    for (std::uint32_t i = 0; i < kRing; ++i) store(rx_ring(0) + 16ULL * i, {rx_buffer(0, i), 0});
  }
  /// Long enough for the card to look at all queues.
  void settle() { run(100'000, 1'000); }
};

}  // namespace

TEST_CASE("Enable bits and doorbells on mapped pages are seen by polling") {
  MappedRig rig;
  rig.settle();
  rig.write_mapped(kRdt, Rig::kRing - 1);
  rig.receive(test_frame(60));
  CHECK((rig.rx(0, 0).high & 3) == 3);
  CHECK(rig.read_mapped(kRdh) == 1);
  rig.queue_frame(0, test_frame(61), kPlain);
  rig.write_mapped(kTdt, 1);
  rig.poll();
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.read_mapped(kTdh) == 1);
}

TEST_CASE("Any access by message is a point at which the card has seen what was written before") {
  MappedRig rig;
  rig.settle();
  rig.write_mapped(kRdt, Rig::kRing - 1);
  rig.write_mapped(kRxdctl, 0);
  CHECK(rig.status("rx_queues") == 1);
  rig.read(0x0008);  // STATUS
  CHECK(rig.status("rx_queues") == 0);
  rig.receive(test_frame(60));
  CHECK(rig.rx(0, 0).high == 0);
}

TEST_CASE("A ring that was disabled, changed and enabled between two looks begins anew") {
  MappedRig rig;
  rig.settle();
  rig.write_mapped(kRdt, Rig::kRing - 1);
  for (int i = 0; i < 5; ++i) rig.receive(test_frame(60));
  CHECK(rig.read_mapped(kRdh) == 5);
  rig.fill();
  rig.write_mapped(kRxdctl, 0);
  rig.write_mapped(kRdh, 0);
  rig.write_mapped(kRdt, Rig::kRing - 1);
  rig.write_mapped(kRxdctl, kEnable);
  rig.poll();
  rig.receive(test_frame(70));
  CHECK((rig.rx(0, 0).high >> 32 & 0xFFFF) == 70);
  CHECK(rig.read_mapped(kRdh) == 1);
}

TEST_CASE("Nonsense on a mapped page moves nothing") {
  MappedRig rig;
  rig.settle();
  for (const std::uint32_t tail : {Rig::kRing, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    rig.write_mapped(kRdt, tail);
    rig.write_mapped(kTdt, tail);
    rig.receive(test_frame(60));
    CHECK(rig.read_mapped(kRdh) == 0);
    CHECK(rig.read_mapped(kTdh) == 0);
  }
  CHECK(rig.status("bad_tails") != 0);
  rig.write_mapped(0x6000, 0xFFFFFFFF);  // a ring that is not there
  rig.write_mapped(0x6004, 0xFFFFFFFF);
  rig.write_mapped(0x6008, 0xFFFFFFFF);
  rig.write_mapped(kTdt, 5);
  rig.settle();
  CHECK(rig.wire.sent.empty());
  CHECK(rig.status("tx_bad_address") == 1);
  rig.write_mapped(0x6008, 0);
  rig.settle();
  CHECK(rig.wire.sent.empty());
}

TEST_CASE("Queues beyond the mapped page are set up by message") {
  MappedRig rig;
  rig.start_rx(100);
  CHECK((rig.read(0xD028 + 0x40 * 36) & kEnable) != 0);
  rig.write(0x5128, 1U << 31 | 0x88B5);
  rig.write(0xEC00, 1U << 31 | 100U << 16);
  rig.receive(test_frame(60));
  CHECK((rig.rx(100, 0).high & 3) == 3);
}

TEST_CASE("Without mapping, queues take a moment to be enabled and to be disabled") {
  Rig rig;
  rig.bring_up();
  rig.write(0x1008, 16 * Rig::kRing);
  rig.write(kRxdctl, kEnable);
  CHECK((rig.read(kRxdctl) & kEnable) == 0);
  rig.run(50'000, 5'000);
  CHECK((rig.read(kRxdctl) & kEnable) != 0);
  rig.write(kRxdctl, 0);
  CHECK((rig.read(kRxdctl) & kEnable) != 0);
  rig.run(50'000, 5'000);
  CHECK((rig.read(kRxdctl) & kEnable) == 0);
  CHECK((rig.read(kTxdctl) & kEnable) == 0);
}

TEST_CASE("A reset disables all queues and clears their pages") {
  MappedRig rig;
  rig.settle();
  rig.write(0x00000, 1U << 26);
  CHECK(rig.read_mapped(kRxdctl) == 0);
  CHECK(rig.read_mapped(0x1008) == 0);
  CHECK(rig.status("rx_queues") == 0);
}
