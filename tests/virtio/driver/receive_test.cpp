// The receive queue of the virtio driver with a device that does what it should, in every format of a ring.

#include <catch2/catch.hpp>
#include <vector>

#include "core/net/checksum.hpp"
#include "tests/virtio/driver/receive_rig.hpp"

namespace ixyflow::test {

TEST_CASE(
    "virtio frames come in order, with their bytes, length, port and time, over many turns of the ring") {
  for (const QueueFormat& format : all_formats()) {
    ReceiveRig rig({.format = format});
    CAPTURE(format.packed, format.in_order, format.header_apart);
    rig.clock.advance_to(1234);
    std::uint32_t first = 0;
    for (std::uint32_t turn = 0; turn < 200; ++turn) {
      const std::uint32_t count = turn % rig.queue.slots() + 1;
      for (std::uint32_t i = 0; i < count; ++i) rig.deliver(60 + i);
      std::vector<Packet*> packets;
      while (packets.size() < count) {
        const auto some = rig.receive(turn % 7 + 1);
        REQUIRE_FALSE(some.empty());
        packets.insert(packets.end(), some.begin(), some.end());
      }
      for (std::uint32_t i = 0; i < count; ++i) {
        REQUIRE(packets[i]->length() == 60 + i);
        REQUIRE(ReceiveRig::in_order(*packets[i], first));
        CHECK(packets[i]->timestamp == 1234);
        CHECK(packets[i]->input_port == 7);
        first += 60 + i;
      }
      rig.pool->free(packets);
      CHECK(rig.receive().empty());
    }
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("virtio takes every length from 14 bytes to the data room, and drops shorter ones by name") {
  for (const QueueFormat& format : all_formats()) {
    ReceiveRig rig({.format = format});
    for (const std::uint32_t length : {14U, 15U, 59U, 60U, 64U, 1037U, 1038U, 1514U, 2047U, 2048U}) {
      rig.deliver(length);
      CHECK(rig.lengths() == std::vector{length});
    }
    for (std::uint32_t length = 0; length < 14; ++length) rig.deliver(length);
    CHECK(rig.lengths().empty());
    CHECK(rig.queue.bad_length.value() == 14);
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE(
    "a virtio receive queue asks for no interrupts, and for one notification a burst when the device listens") {
  for (const bool packed : {false, true}) {
    ReceiveRig rig({.format = {.packed = packed}});
    CHECK_FALSE(rig.model->interrupts());
    CHECK(rig.notifications() == 1);  // there are buffers
    for (int i = 0; i < 8; ++i) rig.deliver(60);
    CHECK(rig.take() == 8);
    CHECK(rig.notifications() == 1);

    rig.model->listen(false);
    for (int i = 0; i < 8; ++i) rig.deliver(60);
    CHECK(rig.take() == 8);
    CHECK(rig.notifications() == 0);
    // It fell asleep while it was not told: the next look tells it, once.
    rig.model->listen(true);
    CHECK(rig.take() == 0);
    CHECK(rig.take() == 0);
    CHECK(rig.notifications() == 1);
  }
}

TEST_CASE("virtio buffers that come back out of order are received, and made available in order") {
  for (const bool packed : {false, true}) {
    ReceiveRig rig({.format = {.packed = packed}});
    CAPTURE(packed);
    for (std::uint32_t turn = 0; turn < 50; ++turn) {
      std::vector<RingModel::Chain> chains;
      for (int i = 0; i < 10; ++i) chains.push_back(rig.take_buffer());
      const std::vector<std::size_t> order{3, 0, 1, 9, 2, 4, 8, 7, 5, 6};
      for (const std::size_t i : order) rig.deliver_into(chains[i], static_cast<std::uint32_t>(100 + i));
      std::vector<std::uint32_t> expected;
      for (const std::size_t i : order) expected.push_back(static_cast<std::uint32_t>(100 + i));
      CHECK(rig.lengths() == expected);
    }
    // All of the ring is the device's again.
    for (std::uint32_t i = 0; i < rig.queue.slots(); ++i) rig.deliver(60);
    CHECK(rig.lengths().size() == rig.queue.slots());
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("a virtio queue whose pool ran empty keeps its frames, and goes on when there are buffers") {
  for (const QueueFormat& format : all_formats()) {
    ReceiveRig rig({.format = format, .buffers = 80});
    const std::uint32_t slots = rig.queue.slots();
    std::vector<Packet*> held(80 - slots);
    REQUIRE(rig.pool->allocate(held) == held.size());
    for (int i = 0; i < 20; ++i) rig.deliver(60);
    CHECK(rig.receive().empty());
    rig.pool->free(std::span<Packet* const>(held).first(5));
    auto got = rig.receive();
    CHECK(got.size() == 5);
    rig.pool->free(std::span<Packet* const>(held).subspan(5));
    CHECK(rig.lengths().size() == 15);
    rig.pool->free(got);
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("virtio frames in several buffers are gathered into one packet") {
  for (const bool packed : {false, true}) {
    ReceiveRig rig({.format = {.packed = packed}, .data_room = 2048}, true);
    // A device that cuts its frames short of the buffers' ends.
    const auto deliver_in = [&rig](const std::vector<std::uint32_t>& pieces) {
      std::uint8_t byte = 0;
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto chain = rig.take_buffer();
        const std::size_t header = i == 0 ? 12 : 0;
        std::vector<std::uint8_t> bytes(header + pieces[i]);
        if (i == 0) bytes[10] = static_cast<std::uint8_t>(pieces.size());
        for (std::size_t k = header; k < bytes.size(); ++k) bytes[k] = byte++;
        rig.write(chain, bytes.data(), bytes.size());
        rig.model->use(chain, static_cast<std::uint32_t>(bytes.size()));
      }
    };
    deliver_in({60});
    deliver_in({1000, 1000, 48});
    deliver_in({7, 7});
    deliver_in({1});
    deliver_in({2048, 1});
    deliver_in({1500});
    CHECK(rig.lengths() == std::vector<std::uint32_t>{60, 2048, 14, 1500});
    CHECK(rig.queue.bad_length.value() == 1);
    CHECK(rig.queue.oversize.value() == 1);

    deliver_in({1000, 1000});
    const auto packets = rig.receive();
    REQUIRE(packets.size() == 1);
    CHECK(ReceiveRig::in_order(*packets[0], 0));
    rig.pool->free(packets);
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("a frame whose checksum the virtio device left open is completed") {
  ReceiveRig rig({}, false, true);
  // A UDP datagram of 8 + 6 bytes at 34, in whose checksum field stands the sum of the pseudo header.
  const auto chain = rig.take_buffer();
  std::vector<std::uint8_t> bytes(12 + 48, 0x11);
  const NetHeader header{
      .flags = NetHeader::kNeedsChecksum, .checksum_start = 34, .checksum_offset = 6, .buffers = 1};
  std::memcpy(bytes.data(), &header, 12);
  bytes[12 + 40] = 0x12;
  bytes[12 + 41] = 0x34;
  const std::uint16_t expected = internet_checksum(std::span(bytes).subspan(12 + 34));
  rig.write(chain, bytes.data(), bytes.size());
  rig.model->use(chain, 60);
  rig.deliver(100, {.flags = NetHeader::kDataValid});
  rig.deliver(100);
  rig.deliver(100, {.flags = 0xfc});  // 5.1.6.4.2: nothing that the driver knows
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 4);
  CHECK(packets[0]->data()[40] == expected >> 8);
  CHECK(packets[0]->data()[41] == (expected & 0xff));
  // With the pseudo header, whose sum this is, it all sums up to nothing.
  CHECK(internet_checksum(bytes_of(*packets[0]).subspan(34)) == 0x1234);
  CHECK(packets[0]->has(PacketFlag::l4_checksum_good));
  CHECK(packets[1]->has(PacketFlag::l4_checksum_good));
  CHECK_FALSE(packets[2]->has(PacketFlag::l4_checksum_good));
  CHECK_FALSE(packets[3]->has(PacketFlag::l4_checksum_good));
  rig.pool->free(packets);
}

TEST_CASE("D21 a virtio header that points outside of its frame, or tells of segments, is a drop") {
  ReceiveRig rig({}, false, true);
  const auto deliver = [&rig](NetHeader header) { rig.deliver(64, header); };
  deliver({.flags = 1, .checksum_start = 63, .checksum_offset = 0});
  deliver({.flags = 1, .checksum_start = 65535, .checksum_offset = 65535});
  deliver({.flags = 1, .checksum_start = 0, .checksum_offset = 63});
  deliver({.flags = 1, .checksum_start = 64, .checksum_offset = 2});
  deliver({.flags = 1, .checksum_start = 13, .checksum_offset = 20});
  CHECK(rig.lengths().empty());
  CHECK(rig.queue.bad_checksum.value() == 5);
  for (const auto type : std::initializer_list<std::uint8_t>{1, 3, 4, 0x80, 0xff})
    deliver({.gso_type = type});
  deliver({.gso_type = 1, .header_length = 65535, .gso_size = 65535});
  CHECK(rig.lengths().empty());
  CHECK(rig.queue.bad_header.value() == 6);
  // Without GUEST_CSUM nobody looks at what was never agreed upon.
  ReceiveRig plain;
  plain.deliver(64, {.flags = 0xff, .gso_type = 0xff, .header_length = 65535, .checksum_start = 65535});
  CHECK(plain.lengths() == std::vector<std::uint32_t>{64});
}

TEST_CASE("a virtio receive queue that was reset begins anew, and what was in it is counted") {
  for (const QueueFormat& format : all_formats()) {
    ReceiveRig rig({.format = format});
    for (unsigned turn = 0; turn < 100; ++turn) {
      for (int i = 0; i < 7; ++i) rig.deliver(60);
      CHECK(rig.take(4) == 4);
      rig.restart();
      CHECK(rig.queue.not_taken.value() == 3U * (turn + 1));
    }
  }
}

TEST_CASE("a virtio receive queue with too few buffers for its slots is not filled, and holds none") {
  VirtioRig<ReceiveQueue> rig({.buffers = 63});
  rig.queue.set_up({rig.ring_memory, {}, {64, 64}, 2048, false, false});
  CHECK_FALSE(rig.queue.fill());
  CHECK(rig.queue.state.get() == QueueState::empty);
  CHECK(rig.pool->available() == 63);
}

}  // namespace ixyflow::test
