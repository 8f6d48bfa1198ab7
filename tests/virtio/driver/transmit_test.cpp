// The transmit queue of the virtio driver with a device that does what it should, in every format of a ring.

#include <catch2/catch.hpp>
#include <vector>

#include "core/net/checksum.hpp"
#include "tests/virtio/driver/transmit_rig.hpp"

namespace ixyflow::test {

TEST_CASE("virtio sends frames in order, with an empty header, over many turns of the ring") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format});
    CAPTURE(format.packed, format.in_order, format.header_apart);
    for (std::uint32_t turn = 0; turn < 200; ++turn) {
      const std::uint32_t count = turn % rig.queue.slots() + 1;
      REQUIRE(rig.queue.room() == rig.queue.slots());
      std::vector<Packet*> packets;
      std::vector<std::vector<std::uint8_t>> expected;
      for (std::uint32_t i = 0; i < count; ++i) {
        packets.push_back(rig.make(60 + i));
        expected.emplace_back(packets.back()->data(), packets.back()->data() + 60 + i);
      }
      REQUIRE(rig.send(packets) == count);
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto frame = rig.take_frame();
        REQUIRE(frame);
        REQUIRE(frame->bytes == expected[i]);
        CHECK(frame->header.flags == 0);
        CHECK(frame->header.gso_type == 0);
        CHECK(frame->chain.segments.size() == (format.header_apart ? 2 : 1));
        rig.model->use(frame->chain, 0);
      }
      CHECK_FALSE(rig.take_frame());
    }
    CHECK(rig.queue.room() == rig.queue.slots());
    CHECK(rig.queue.distrusted() == nullptr);
    CHECK(rig.pool->available() == rig.pool->size());
  }
}

TEST_CASE("a virtio transmit queue that is full takes no more, and goes on when the device has sent") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format});
    const std::uint32_t slots = rig.queue.slots();
    CHECK(rig.send_new(slots + 10) == slots);
    CHECK(rig.queue.room() == 0);
    CHECK(rig.send_new(1) == 0);
    CHECK(rig.queue.waits());
    rig.model->use(rig.take_frame()->chain, 0);
    CHECK_FALSE(rig.queue.waits());
    CHECK_FALSE(rig.queue.all_sent());
    CHECK(rig.send_all() == slots - 1);
    CHECK_FALSE(rig.queue.waits());
    CHECK(rig.queue.all_sent());
    CHECK(rig.queue.room() == slots);
    CHECK(rig.send_new(3) == 3);
  }
}

TEST_CASE("virtio frames that come back out of order are given back, and their slots in order") {
  for (const bool packed : {false, true}) {
    TransmitRig rig({.format = {.packed = packed}});
    CAPTURE(packed);
    for (int turn = 0; turn < 50; ++turn) {
      REQUIRE(rig.send_new(10) == 10);
      std::vector<RingModel::Chain> chains;
      while (const auto frame = rig.take_frame()) chains.push_back(frame->chain);
      for (const auto i : std::initializer_list<std::size_t>{1, 2, 3}) rig.model->use(chains[i], 0);
      CHECK(rig.queue.room() == rig.queue.slots() - 10);
      CHECK(rig.pool->available() == rig.pool->size() - 7);
      for (const auto i : std::initializer_list<std::size_t>{9, 0, 8, 4, 7, 5, 6})
        rig.model->use(chains[i], 0);
      CHECK(rig.queue.room() == rig.queue.slots());
      CHECK(rig.pool->available() == rig.pool->size());
    }
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("one word of an in-order virtio device gives back all frames up to its own") {
  for (const bool packed : {false, true}) {
    TransmitRig rig({.format = {.packed = packed, .in_order = true}});
    CAPTURE(packed);
    for (int turn = 0; turn < 50; ++turn) {
      REQUIRE(rig.send_new(20) == 20);
      RingModel::Chain last;
      while (const auto frame = rig.take_frame()) last = frame->chain;
      CHECK_FALSE(rig.queue.all_sent());
      rig.model->use_batch(last.id, 0, 20);
      CHECK(rig.queue.all_sent());
      CHECK(rig.queue.room() == rig.queue.slots());
      CHECK(rig.pool->available() == rig.pool->size());
    }
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("a virtio transmit queue rings once a burst, and only for a device that listens") {
  for (const bool packed : {false, true}) {
    TransmitRig rig({.format = {.packed = packed}});
    CHECK_FALSE(rig.model->interrupts());
    CHECK(rig.notifications() == 0);
    CHECK(rig.send_new(20) == 20);
    CHECK(rig.notifications() == 1);
    rig.model->listen(false);
    CHECK(rig.send_new(20) == 20);
    CHECK(rig.notifications() == 0);
    // It fell asleep with frames in its queue.
    rig.model->listen(true);
    static_cast<void>(rig.queue.room());
    static_cast<void>(rig.queue.room());
    CHECK(rig.notifications() == 1);
    // It fell asleep because there is nothing more.
    rig.model->listen(false);
    CHECK(rig.send_new(5) == 5);
    CHECK(rig.send_all() == 45);
    rig.model->listen(true);
    static_cast<void>(rig.queue.room());
    CHECK(rig.notifications() == 0);
  }
}

TEST_CASE("virtio frames that no device may be given are drops, the others of the burst leave") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format}, {.longest = 1522});
    CAPTURE(format.packed, format.header_apart);
    CHECK(rig.send({rig.make(60), rig.make(13), rig.make(1522), rig.make(1523), rig.make(0), rig.make(14)}) ==
          6);
    std::vector<std::size_t> sent;
    while (const auto frame = rig.take_frame()) sent.push_back(frame->bytes.size());
    CHECK(sent == std::vector<std::size_t>{60, 1522, 14});
    CHECK(rig.queue.bad_length.value() == 3);
    CHECK(rig.queue.room() == rig.queue.slots() - 3);
  }
}

TEST_CASE("a virtio frame without headroom is moved within its buffer, or dropped by name") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format});
    CAPTURE(format.packed, format.header_apart);
    for (std::uint32_t headroom = 0; headroom < 14; ++headroom) {
      Packet* packet = rig.make(100);
      REQUIRE(packet->push(packet->headroom() - headroom));
      const std::uint16_t port = packet->input_port = 77;
      const std::vector<std::uint8_t> expected(packet->data(), packet->data() + packet->length());
      CHECK(rig.send({rig.make(60), packet, rig.make(61)}) == 3);
      std::vector<std::vector<std::uint8_t>> sent;
      while (const auto frame = rig.take_frame()) {
        sent.push_back(frame->bytes);
        rig.model->use(frame->chain, 0);
      }
      REQUIRE(sent.size() == 3);
      CHECK(sent[0].size() == 60);
      CHECK(sent[1] == expected);
      CHECK(packet->input_port == port);
      CHECK(sent[2].size() == 61);
    }
    if (format.header_apart) continue;
    Packet* packet = rig.make(2048);
    REQUIRE(packet->push(packet->headroom()));
    CHECK(rig.send({packet}) == 1);
    CHECK_FALSE(rig.take_frame());
    CHECK(rig.queue.no_headroom.value() == 1);
  }
}

TEST_CASE("virtio frames of other pools go home to them") {
  for (const bool packed : {false, true}) {
    TransmitRig rig({.format = {.packed = packed}});
    auto created = Mempool::create(rig.memory, 0, BufferLayout{}, 1);
    REQUIRE(created);
    rig.other = std::move(*created);
    // The queue's worker has another pool than that of the packets.
    Mempool::connect(*rig.pool, *rig.other);
    rig.queue.attach({rig.other.get(), &rig.clock, 0});
    CHECK(rig.send_new(20) == 20);
    CHECK(rig.send_all() == 20);
    CHECK(rig.queue.room() == rig.queue.slots());
    rig.other->send_home();
    CHECK(rig.pool->available() == rig.pool->size());
    rig.queue.attach({rig.pool.get(), &rig.clock, 0});
  }
}

TEST_CASE("what a virtio device was given and did not send before a reset is counted as flushed") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format});
    for (std::uint32_t turn = 1; turn <= 100; ++turn) {
      CHECK(rig.send_new(10) == 10);
      for (int i = 0; i < 4; ++i) rig.model->use(rig.take_frame()->chain, 0);
      rig.restart();
      CHECK(rig.queue.flushed.value() == 6 * turn);
    }
  }
}

TEST_CASE("virtio checksums are completed by the device where it can, else here") {
  for (const bool by_device : {false, true}) {
    TransmitRig rig({}, {.checksums = true, .device_checksums = by_device});
    // IPv4, UDP, both checksums wrong.
    std::vector<std::uint8_t> bytes(14 + 20 + 8 + 10, 0x5a);
    bytes[12] = 0x08;
    bytes[13] = 0x00;
    const std::vector<std::uint8_t> ip{0x45, 0, 0, 38, 0, 1, 0, 0, 64, 17, 1, 1, 10, 0, 0, 1, 10, 0, 0, 2};
    std::ranges::copy(ip, bytes.begin() + 14);
    bytes[38] = 0;
    bytes[39] = 18;
    Packet* packet = rig.make(static_cast<std::uint32_t>(bytes.size()));
    std::ranges::copy(bytes, packet->data());
    CHECK(rig.send({packet}) == 1);
    auto frame = rig.take_frame();
    REQUIRE(frame);
    if (by_device) {
      CHECK(frame->header.flags == NetHeader::kNeedsChecksum);
      CHECK(frame->header.checksum_start == 34);
      CHECK(frame->header.checksum_offset == 6);
      // What the device does.
      const std::uint16_t sum = internet_checksum(std::span(frame->bytes).subspan(34));
      frame->bytes[40] = static_cast<std::uint8_t>(sum >> 8);
      frame->bytes[41] = static_cast<std::uint8_t>(sum);
    } else {
      CHECK(frame->header.flags == 0);
    }
    CHECK(internet_checksum(std::span(frame->bytes).subspan(14, 20)) == 0);
    const std::uint16_t pseudo =
        pseudo_header_sum(std::span(frame->bytes).subspan(26, 8), IpProtocol::udp, 18);
    CHECK(checksum_add(pseudo, std::span(frame->bytes).subspan(34)) == 0xffff);
  }
}

}  // namespace ixyflow::test
