#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint64_t kLegacy = kEop | kIfcs | kRs;

class TransmitRig : public Rig {
 public:
  TransmitRig() {
    bring_up();
    start_tx(0);
  }
  bool done(std::uint32_t index) { return (tx(0, index).high >> 32 & 1) != 0; }
};

}  // namespace

TEST_CASE("A packet of several descriptors leaves as one frame") {
  TransmitRig rig;
  const Bytes frame = test_frame(1000);
  const Bytes head(frame.begin(), frame.begin() + 100), middle(frame.begin() + 100, frame.begin() + 101),
      tail(frame.begin() + 101, frame.end());
  rig.queue_frame(0, head, kAdvanced | kIfcs);
  rig.queue_frame(0, middle, kAdvanced | kIfcs);
  rig.queue_frame(0, tail, kPlain);
  rig.ring_tx(0);
  rig.poll();
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent[0] == frame);
  CHECK_FALSE(rig.done(0));
  CHECK(rig.done(2));
  CHECK(rig.read(kTdh) == 3);
}

TEST_CASE("A packet waits for its end") {
  TransmitRig rig;
  rig.queue_frame(0, test_frame(60), kAdvanced | kIfcs);
  rig.ring_tx(0);
  rig.poll();
  CHECK(rig.wire.sent.empty());
  rig.queue_frame(0, test_frame(60), kPlain);
  rig.ring_tx(0);
  rig.poll();
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent[0].size() == 120);
}

TEST_CASE("Legacy descriptors work, with their checksum and their tag") {
  TransmitRig rig;
  rig.send(0, test_frame(64), kLegacy);
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent[0] == test_frame(64));
  CHECK(rig.done(0));
  Bytes frame = udp_frame();
  frame[24] = frame[25] = 0;  // the IPv4 checksum: over 20 bytes from 14 to the end of the frame it is not
  const std::uint64_t insert = 1U << 26 | std::uint64_t{14} << 40 | std::uint64_t{24} << 16;
  rig.send(0, Bytes(frame.begin(), frame.begin() + 34), kLegacy | insert);
  REQUIRE(rig.wire.sent.size() == 2);
  CHECK(ipv4_checksum_right(rig.wire.sent[1]));
  rig.send(0, test_frame(64), kLegacy | 1U << 30 | std::uint64_t{0x2345} << 48);
  REQUIRE(rig.wire.sent.size() == 3);
  CHECK(rig.wire.sent[2].size() == 68);
  CHECK(Bytes(rig.wire.sent[2].begin() + 12, rig.wire.sent[2].begin() + 18) == from_hex("8100 2345 88b5"));
}

TEST_CASE("Short frames are padded with zeros, unless padding is off") {
  TransmitRig rig;
  rig.send(0, test_frame(30), kPlain);
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent[0] == padded(test_frame(30)));
  rig.clear(kHlreg0, 1U << 10);
  rig.send(0, test_frame(30), kPlain);
  REQUIRE(rig.wire.sent.size() == 2);
  CHECK(rig.wire.sent[1] == test_frame(30));
}

TEST_CASE("Without IFCS the driver brings the frame check sequence, and a wrong one is a lost frame") {
  TransmitRig rig;
  Bytes frame(60, 0);
  const Bytes with_fcs = join({frame, from_hex("08891204")});
  rig.send(0, with_fcs, kAdvanced | kEop | kRs);
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent[0] == frame);
  Bytes wrong = with_fcs;
  wrong[3] = 1;
  rig.send(0, wrong, kAdvanced | kEop | kRs);
  CHECK(rig.wire.sent.size() == 1);
  CHECK(rig.status("tx_dropped_bad_fcs") == 1);
  CHECK(rig.done(1));
}

TEST_CASE("VLE takes the tag from the context") {
  TransmitRig rig;
  rig.queue_descriptor(0, {std::uint64_t{0x3456} << 16 | 14U << 9, 0x20200000});
  rig.queue_frame(0, test_frame(64), kPlain | 1U << 30);
  rig.ring_tx(0);
  rig.poll();
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(Bytes(rig.wire.sent[0].begin() + 12, rig.wire.sent[0].begin() + 18) == from_hex("8100 3456 88b5"));
  CHECK(rig.read(kTdh) == 2);
}

TEST_CASE("Head write-back replaces DD, and needs 16 bytes of alignment") {
  TransmitRig rig;
  const std::uint64_t head = FakeMemory::kBase + 0x80000;
  rig.store(head, {0xFFFFFFFF, 0});
  rig.write(0x603C, static_cast<std::uint32_t>(head >> 32));
  rig.write(0x6038, static_cast<std::uint32_t>(head) | 1);
  rig.queue_frame(0, test_frame(60), kAdvanced | kEop | kIfcs);
  rig.ring_tx(0);
  rig.poll();
  CHECK((rig.load(head).low & 0xFFFFFFFF) == 0xFFFFFFFF);  // nobody asked for a report
  rig.send(0, test_frame(60), kPlain);
  CHECK((rig.load(head).low & 0xFFFFFFFF) == 2);
  CHECK_FALSE(rig.done(1));
  rig.write(0x6038, (static_cast<std::uint32_t>(head) + 8) | 1);
  rig.send(0, test_frame(60), kPlain);
  CHECK((rig.load(head).low & 0xFFFFFFFF) == 2);
  CHECK((rig.load(head).high & 0xFFFFFFFF) == 0);
}

TEST_CASE("WTHRESH holds what is done back, for a while") {
  TransmitRig rig;
  rig.write(kTxdctl, rig.read(kTxdctl) | 4U << 16);
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.wire.sent.size() == 1);
  CHECK_FALSE(rig.done(0));
  for (int i = 0; i < 3; ++i) rig.send(0, test_frame(60), kPlain);
  CHECK(rig.done(0));
  CHECK(rig.done(3));
  rig.send(0, test_frame(60), kPlain);
  CHECK_FALSE(rig.done(4));
  rig.run(100'000, 10'000);
  CHECK(rig.done(4));
}

TEST_CASE("A wire without room holds the queue when it is patient, else the frame is lost") {
  TransmitRig rig;
  rig.wire.room = 1;
  for (int i = 0; i < 3; ++i) rig.queue_frame(0, test_frame(60), kPlain);
  rig.ring_tx(0);
  rig.poll();
  CHECK(rig.read(kTdh) == 1);
  rig.wire.room = 2;
  rig.poll();
  CHECK(rig.read(kTdh) == 2);
  rig.wire.waits = false;
  rig.poll();
  CHECK(rig.read(kTdh) == 3);
  CHECK(rig.status("tx_lost_on_wire") == 1);
}

TEST_CASE("What cannot be sent is dropped and counted, and the queue goes on") {
  TransmitRig rig;
  rig.queue_descriptor(0, {Rig::tx_buffer(0, 0), kPlain});                   // no bytes
  rig.queue_descriptor(0, {Rig::tx_buffer(0, 1), kPlain | 1U << 31 | 100});  // segmentation without a context
  rig.queue_descriptor(0, {Rig::tx_buffer(0, 2), kPlain | 0xFFFF});
  rig.queue_frame(0, test_frame(60), kPlain);
  rig.ring_tx(0);
  rig.poll();
  CHECK(rig.wire.sent.size() == 1);
  CHECK(rig.status("tx_dropped_malformed") == 2);
  CHECK(rig.status("tx_dropped_too_long") == 1);
  CHECK(rig.done(3));
}

TEST_CASE("A buffer that is not there stops its queue, not the others") {
  TransmitRig rig;
  rig.start_tx(1);
  rig.queue_descriptor(0, {0xDEAD0000, kPlain | 60});
  rig.queue_frame(0, test_frame(60), kPlain);
  rig.ring_tx(0);
  rig.send(1, test_frame(61), kPlain);
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent[0].size() == 61);
  CHECK(rig.read(kTdh) == 0);
  CHECK(rig.status("tx_bad_address") == 1);
}

TEST_CASE("A tail outside of the ring moves nothing") {
  TransmitRig rig;
  rig.write(0x6018, Rig::kRing);
  rig.poll();
  rig.write(0x6018, 0xFFFFFFFF);
  rig.poll();
  CHECK(rig.wire.sent.empty());
  CHECK(rig.status("bad_tails") > 0);
}

TEST_CASE("HLREG0.LPBK sends into the own receiver") {
  TransmitRig rig;
  rig.start_rx(0);
  rig.set(kHlreg0, 1U << 15);
  rig.wire.light = false;
  rig.run(1'000'000);
  rig.send(0, test_frame(80), kPlain);
  CHECK(rig.wire.sent.empty());
  CHECK((rig.rx(0, 0).high & 3) == 3);
  CHECK(rig.bytes(Rig::rx_buffer(0, 0), 80) == test_frame(80));
}

TEST_CASE("Without link what is queued stays queued") {
  TransmitRig rig;
  rig.wire.light = false;
  rig.run(1'000'000);
  rig.send(0, test_frame(80), kPlain);
  CHECK(rig.read(kTdh) == 0);
  rig.wire.light = true;
  rig.run(50'000'000);
  CHECK(rig.wire.sent.size() == 1);
}

TEST_CASE("All 128 queues send") {
  Rig rig;
  rig.bring_up();
  for (const std::uint32_t queue : {0U, 63U, 64U, 127U}) {
    rig.start_tx(queue);
    rig.send(queue, test_frame(60 + queue), kPlain);
    CHECK(rig.wire.sent.back().size() == 60 + queue);
  }
}

TEST_CASE("Nothing is sent until DMATXCTL.TE is set, and nothing of a disabled queue") {
  TransmitRig rig;
  rig.clear(0x4A80, 1);
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.wire.sent.empty());
  rig.set(0x4A80, 1);
  rig.poll();
  CHECK(rig.wire.sent.size() == 1);
  rig.clear(kTxdctl, 1U << 25);
  rig.run(100'000, 10'000);
  CHECK((rig.read(kTxdctl) & 1U << 25) == 0);
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.wire.sent.size() == 1);
}
