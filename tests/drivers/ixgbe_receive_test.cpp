// The receive queue of the ixgbe driver, with the test as the card: what it makes of descriptors that are
// written back.

#include <catch2/catch.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "tests/drivers/ixgbe_rig.hpp"

namespace ixyflow::test {
namespace {

using drivers::Doorbell;
using drivers::QueueState;
using drivers::ixgbe::ReceiveDescriptor;
using drivers::ixgbe::ReceiveQueue;
namespace rx = drivers::ixgbe::rx;

constexpr std::uint32_t kWhole = rx::kDone | rx::kEndOfPacket;

/// All must be the same without take_many, which only makes it faster: the simple loop alone is complete.
struct ReceiveEitherWay : ReceiveQueue {
  std::uint32_t receive(std::span<Packet*> packets) noexcept {
    return many ? ReceiveQueue::receive<true>(packets) : ReceiveQueue::receive<false>(packets);
  }
  bool many = true;
};

/// Every test with one is run both ways.
class ReceiveRig : public IxgbeRig<ReceiveEitherWay, ReceiveDescriptor> {
 public:
  explicit ReceiveRig(bool offloads = false, std::uint32_t buffers = 256, std::uint32_t data_room = 2048)
      : IxgbeRig(buffers, data_room) {
    queue.many = GENERATE(true, false);
    queue.set_up({ring, data_room / 1024 * 1024, offloads});
    REQUIRE(queue.attach(context()));
    queue.start(Doorbell(&tail));
  }

  /// The card writes a frame, or a piece of one, and its descriptor back.
  void deliver(std::uint32_t length, std::uint32_t status = kWhole, std::uint64_t first_word = 0,
               std::uint16_t vlan = 0) {
    ReceiveDescriptor& descriptor = ring[head_];
    std::uint8_t* data = at(descriptor.address);
    for (std::uint32_t i = 0; i < length && i < 2048; ++i) data[i] = static_cast<std::uint8_t>(next_byte_++);
    descriptor = {first_word, status, static_cast<std::uint16_t>(length), vlan};
    head_ = (head_ + 1) % kDescriptors;
  }

 private:
  std::uint32_t head_ = 0;
  std::uint32_t next_byte_ = 0;
};

}  // namespace

TEST_CASE("frames come in order, with their bytes, length, port and time, over many turns of the ring") {
  ReceiveRig rig;
  rig.clock.advance_to(1234);
  std::uint32_t first = 0;
  for (std::uint32_t turn = 0; turn < 200; ++turn) {
    const std::uint32_t count = turn % 63 + 1;
    for (std::uint32_t i = 0; i < count; ++i) rig.deliver(60 + i);
    std::vector<Packet*> packets;
    while (packets.size() < count) {
      const auto some = rig.receive(turn % 7 + 1);
      REQUIRE_FALSE(some.empty());
      packets.insert(packets.end(), some.begin(), some.end());
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      CHECK(packets[i]->length() == 60 + i);
      CHECK(ReceiveRig::in_order(*packets[i], first));
      CHECK(packets[i]->timestamp == 1234);
      CHECK(packets[i]->input_port == 7);
      CHECK(packets[i]->headroom() == 128);
      first += 60 + i;
    }
    rig.pool->free(packets);
    CHECK(rig.receive().empty());
  }
}

TEST_CASE("the tail stays one behind the descriptor that is looked at next") {
  ReceiveRig rig;
  CHECK(rig.tail == 63);
  rig.deliver(60);
  CHECK(rig.take() == 1);
  CHECK(rig.tail == 0);
  CHECK(rig.queue.position() == 1);
}

TEST_CASE("nothing is taken before the card is done with it, and nothing behind it") {
  ReceiveRig rig;
  rig.deliver(60);
  rig.deliver(61, 0);  // G8: not done, although the next one is
  rig.deliver(62);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{60});
  rig.ring[1].status = kWhole;
  CHECK(rig.lengths() == std::vector<std::uint32_t>{61, 62});
}

TEST_CASE("G8 a descriptor that was taken is not taken again, whatever it says") {
  ReceiveRig rig;
  rig.deliver(60);
  CHECK(rig.take() == 1);
  rig.ring[0].status = kWhole;
  rig.ring[0].length = 60;
  CHECK(rig.take() == 0);
}

TEST_CASE("frames in pieces are gathered into one buffer") {
  const std::uint32_t pieces = GENERATE(2U, 3U, 8U);
  ReceiveRig rig(false, 256, 9216);
  for (std::uint32_t turn = 0; turn < 40; ++turn) {
    for (std::uint32_t i = 0; i < pieces; ++i) rig.deliver(1000, i + 1 < pieces ? rx::kDone : kWhole);
    const auto packets = rig.receive();
    REQUIRE(packets.size() == 1);
    CHECK(packets.front()->length() == 1000 * pieces);
    CHECK(ReceiveRig::in_order(*packets.front(), 1000 * pieces * turn));
    rig.pool->free(packets);
  }
}

TEST_CASE("D22 a frame whose pieces come one at a time, with bursts in between, is whole at the end") {
  ReceiveRig rig;
  for (int i = 0; i < 20; ++i) {
    rig.deliver(1, rx::kDone);
    CHECK(rig.receive().empty());
  }
  rig.deliver(40);
  rig.deliver(99);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{60, 99});
}

TEST_CASE("G6 a frame that does not fit one buffer is dropped, and the next one is right") {
  ReceiveRig rig;
  rig.deliver(2000, rx::kDone);
  rig.deliver(49);
  rig.deliver(2000, rx::kDone);
  rig.deliver(48);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{2048});
  CHECK(rig.queue.oversize.value() == 1);
}

TEST_CASE("G6 a frame without an end takes no more than one buffer, for many turns of the ring") {
  ReceiveRig rig;
  for (int i = 0; i < 1000; ++i) {
    rig.deliver(100, rx::kDone);
    CHECK(rig.receive().empty());
  }
  CHECK(rig.queue.oversize.value() == 1);
  rig.deliver(100);
  rig.deliver(77);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{77});
}

TEST_CASE("G6 lengths that cannot be are dropped") {
  ReceiveRig rig;
  for (const std::uint32_t length : {0U, 2049U, 9000U, 65535U}) rig.deliver(length);
  rig.deliver(2048);
  rig.deliver(1);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{2048, 1});
  CHECK(rig.queue.bad_descriptor.value() == 4);
}

TEST_CASE("G7 frames with errors of the MAC are dropped by reason, others pass") {
  ReceiveRig rig;
  for (const std::uint32_t error :
       {rx::kCrcError, rx::kLengthError, rx::kByteError, rx::kOversizeError, rx::kUndersizeError}) {
    rig.deliver(60, kWhole | error);
    rig.deliver(61);
  }
  CHECK(rig.lengths() == std::vector<std::uint32_t>{61, 61, 61, 61, 61});
  CHECK(rig.queue.crc_error.value() == 1);
  CHECK(rig.queue.length_error.value() == 1);
  CHECK(rig.queue.byte_error.value() == 1);
  CHECK(rig.queue.mac_oversize.value() == 1);
  CHECK(rig.queue.mac_undersize.value() == 1);
}

TEST_CASE("G7 verdicts on checksums are noted, wrong ones are no reason to drop") {
  ReceiveRig rig(/*offloads=*/true);
  const std::uint32_t looked = kWhole | rx::kIpChecked | rx::kL4Checked;
  rig.deliver(60, looked);
  rig.deliver(60, looked | rx::kIpError);
  rig.deliver(60, looked | rx::kL4Error);
  rig.deliver(60, looked | rx::kL4Error, rx::kUdp);
  rig.deliver(60);
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 5);
  const auto flags = [&](std::size_t i) {
    std::string text;
    if (packets[i]->has(PacketFlag::l3_checksum_good)) text += "3";
    if (packets[i]->has(PacketFlag::l3_checksum_bad)) text += "-3";
    if (packets[i]->has(PacketFlag::l4_checksum_good)) text += "4";
    if (packets[i]->has(PacketFlag::l4_checksum_bad)) text += "-4";
    return text;
  };
  CHECK(flags(0) == "34");
  CHECK(flags(1) == "-34");
  CHECK(flags(2) == "3-4");
  CHECK(flags(3) == "3");  // an erratum: nobody knows about UDP
  CHECK(flags(4).empty());
  rig.pool->free(packets);
}

TEST_CASE("tags are those of the descriptor, and its hash is not taken for our own") {
  ReceiveRig rig(/*offloads=*/true);
  rig.deliver(60, kWhole, std::uint64_t{0xdeadbeef} << 32 | 1);  // RSS hash and type: 7.1.6.2
  rig.deliver(60, kWhole | rx::kVlan, 0, 0x2064);
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 2);
  CHECK_FALSE(packets[0]->has(PacketFlag::flow_hash));
  CHECK_FALSE(packets[0]->has(PacketFlag::vlan_tag));
  CHECK_FALSE(packets[1]->has(PacketFlag::flow_hash));
  CHECK(packets[1]->has(PacketFlag::vlan_tag));
  CHECK(packets[1]->vlan_tci == 0x2064);
  rig.pool->free(packets);
}

TEST_CASE("G9 without a buffer to replace it a frame stays in the ring, and comes when there is one") {
  ReceiveRig rig(false, /*buffers=*/66);
  for (int i = 0; i < 5; ++i) rig.deliver(60 + static_cast<std::uint32_t>(i));
  const auto first = rig.receive();
  CHECK(first.size() == 2);
  CHECK(rig.receive().empty());
  rig.pool->free(first);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{62, 63, 64});
}

TEST_CASE("G9 a pool without buffers enough for the ring is an error, and keeps what it has") {
  IxgbeRig<ReceiveQueue, ReceiveDescriptor> rig(/*buffers=*/63);
  rig.queue.set_up({rig.ring, 2048, false});
  CHECK_FALSE(rig.queue.attach(rig.context()));
}

TEST_CASE("a queue that is taken away gives its buffers back at its next call, and comes back filled") {
  ReceiveRig rig;
  rig.deliver(60);
  rig.deliver(61);
  rig.queue.state.set(QueueState::leaving);
  CHECK(rig.receive().empty());
  CHECK(rig.queue.state.get() == QueueState::empty);
  CHECK(rig.pool->available() == rig.pool->size());
  CHECK(rig.queue.not_taken.value() == 2);
  rig.queue.state.set(QueueState::filling);
  CHECK(rig.receive().empty());
  CHECK(rig.queue.state.get() == QueueState::filled);
  CHECK(rig.pool->available() == rig.pool->size() - ReceiveRig::kDescriptors);
}

}  // namespace ixyflow::test
