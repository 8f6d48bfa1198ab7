// The receive queue of the virtio driver against a device that means harm (tests/FAULTS.md, F). Whatever it
// does: no buffer is lost or given out twice, and what cannot be stops the queue until it is reset.

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/virtio/driver/receive_rig.hpp"

namespace ixyflow::test {
namespace {

/// The queue has stopped, does nothing more, and works again after a reset.
void check_quarantined(ReceiveRig& rig) {
  CHECK(rig.queue.distrusted() != nullptr);
  if (const auto chain = rig.model->take()) rig.deliver_into(*chain, 60);
  CHECK(rig.receive().empty());
  rig.restart();
  CHECK(rig.queue.distrusted() == nullptr);
  rig.deliver(61);
  CHECK(rig.lengths() == std::vector<std::uint32_t>{61});
}

/// Delivers a frame of 60 bytes whose header says that it came in so many buffers.
void deliver_in(ReceiveRig& rig, std::uint16_t buffers) {
  const auto chain = rig.take_buffer();
  std::vector<std::uint8_t> bytes(12 + 60);
  bytes[10] = static_cast<std::uint8_t>(buffers);
  bytes[11] = static_cast<std::uint8_t>(buffers >> 8);
  rig.write(chain, bytes.data(), bytes.size());
  rig.model->use(chain, 72);
}

}  // namespace

TEST_CASE("F1 a virtio used id that there is not stops the receive queue") {
  for (const QueueFormat& format : all_formats())
    for (const std::uint32_t id : {64U, 65U, 127U, 0xffffU, 0x8000U, 0x80000000U, 0xffffffffU}) {
      if (format.packed && id > 0xffff) continue;
      ReceiveRig rig({.format = format});
      CAPTURE(format.packed, format.header_apart, id);
      rig.deliver(60);
      rig.model->use_word(id, 72);
      CHECK(rig.take() == 1);
      check_quarantined(rig);
    }
  // A slot's second descriptor begins no chain.
  ReceiveRig apart({.format = all_formats().back()});
  apart.model->use_word(1, 72);
  CHECK(apart.take() == 0);
  check_quarantined(apart);
}

TEST_CASE("F2 a virtio buffer that comes back twice stops the receive queue") {
  for (const QueueFormat& format : all_formats()) {
    ReceiveRig rig({.format = format});
    CAPTURE(format.packed, format.header_apart);
    const auto first = rig.take_buffer();
    const auto second = rig.take_buffer();
    // Before its turn, twice.
    rig.model->use(second, 72);
    rig.model->use(second, 72);
    CHECK(rig.take() == 1);
    check_quarantined(rig);

    // In its turn, twice in one burst: its slot has a new buffer, of which the device cannot know.
    const auto again = rig.take_buffer();
    rig.model->use(again, 72);
    rig.model->use(again, 72);
    CHECK(rig.take() == 1);
    check_quarantined(rig);
  }
}

TEST_CASE("F2 no virtio buffer is in two hands, however often the device returns one") {
  for (const bool packed : {false, true}) {
    ReceiveRig rig({.format = {.packed = packed}});
    std::set<Packet*> held;
    for (int i = 0; i < 150; ++i) {
      rig.model->use_word(0, 72);
      for (Packet* packet : rig.receive(4)) CHECK(held.insert(packet).second);
    }
    rig.pool->free(std::vector<Packet*>(held.begin(), held.end()));
  }
}

TEST_CASE("F3 a virtio length that cannot be stops the receive queue, one too short for a frame is a drop") {
  for (const QueueFormat& format : all_formats()) {
    const std::uint32_t header = format.header_bytes;
    for (const std::uint32_t length :
         {0U, header - 1, header + 2049, header + 2061, header + 4096, 0x80000000U, 0xffffffffU}) {
      ReceiveRig rig({.format = format});
      CAPTURE(format.packed, format.header_apart, length);
      rig.model->use(rig.take_buffer(), length);
      CHECK(rig.take() == 0);
      check_quarantined(rig);
    }
    for (const std::uint32_t length : {header, header + 1, header + 13}) {
      ReceiveRig rig({.format = format});
      rig.model->use(rig.take_buffer(), length);
      CHECK(rig.take() == 0);
      CHECK(rig.queue.bad_length.value() == 1);
      CHECK(rig.queue.distrusted() == nullptr);
    }
  }
}

TEST_CASE("F3 among good frames only those with an impossible virtio length are missed") {
  for (const bool packed : {false, true})
    for (std::size_t bad = 0; bad < 9; ++bad) {
      ReceiveRig rig({.format = {.packed = packed}});
      for (std::size_t i = 0; i < 9; ++i)
        i == bad ? rig.model->use(rig.take_buffer(), 12 + 13) : rig.deliver(60);
      CHECK(rig.lengths() == std::vector<std::uint32_t>(8, 60));
      CHECK(rig.queue.bad_length.value() == 1);
    }
}

TEST_CASE("F4 a virtio used index that jumps or goes back stops the receive queue") {
  for (const QueueFormat& format : all_formats()) {
    if (format.packed) continue;
    for (const auto jump : std::initializer_list<std::uint16_t>{65, 66, 1000, 0x7fff, 0x8000, 0xffff}) {
      ReceiveRig rig({.format = format});
      CAPTURE(jump);
      rig.deliver(60);
      CHECK(rig.take() == 1);
      rig.model->set_used_index(static_cast<std::uint16_t>(rig.model->used_index() + jump));
      CHECK(rig.take() == 0);
      check_quarantined(rig);
    }
  }
}

TEST_CASE("F4 virtio words that change while they are read lead to nothing worse than a stop") {
  for (const bool packed : {false, true}) {
    ReceiveRig rig({.format = {.packed = packed}});
    std::atomic<bool> end{false};
    const auto place = rig.queue.place(0);
    std::thread device([&] {
      // A device that rewrites the same words all the time.
      auto* words =
          reinterpret_cast<volatile std::uint16_t*>(packed ? place.descriptors.memory : place.device.memory);
      for (std::uint32_t i = 0; !end; ++i) {
        words[packed ? 7 : 1] = static_cast<std::uint16_t>(packed ? (i % 2 == 0 ? 0x8082 : 0x82) : i % 3);
        words[packed ? 4 : 4] = static_cast<std::uint16_t>(12 + i % 3000);
        words[packed ? 6 : 2] = static_cast<std::uint16_t>(i % 80);
      }
    });
    for (int i = 0; i < 20'000; ++i) {
      const auto packets = rig.receive();
      for (const Packet* packet : packets) CHECK(packet->length() <= 2048);
      rig.pool->free(packets);
      if (rig.queue.distrusted() != nullptr) {
        rig.queue.state.set(QueueState::leaving);
        rig.queue.empty();
        REQUIRE(rig.pool->available() == rig.pool->size());
        REQUIRE(rig.queue.fill());
        rig.queue.start(drivers::virtio::Notifier());
      }
    }
    end = true;
    device.join();
  }
}

TEST_CASE("F5 what a virtio device writes over descriptors and available ring is never read back") {
  for (const QueueFormat& format : all_formats()) {
    if (format.packed) continue;  // there the device has to write where it reads
    for (const auto value : std::initializer_list<std::uint8_t>{0x00, 0xff, 0x5a}) {
      ReceiveRig rig({.format = format});
      std::vector<RingModel::Chain> chains;
      for (int i = 0; i < 8; ++i) chains.push_back(rig.take_buffer());
      rig.model->scribble(value);
      for (const auto& chain : chains) rig.deliver_into(chain, 100);
      CHECK(rig.lengths() == std::vector<std::uint32_t>(8, 100));
      CHECK(rig.queue.distrusted() == nullptr);
    }
  }
}

TEST_CASE("F6 a virtio frame in no buffers is a drop, one in more than there are stops the queue") {
  for (const bool packed : {false, true}) {
    const VirtioRigOptions options{.format = {.packed = packed}};
    ReceiveRig none(options, true);
    deliver_in(none, 0);
    CHECK(none.take() == 0);
    CHECK(none.queue.bad_header.value() == 1);
    deliver_in(none, 1);
    CHECK(none.take() == 1);

    for (const auto buffers : std::initializer_list<std::uint16_t>{65, 1000, 65535}) {
      ReceiveRig many(options, true);
      deliver_in(many, buffers);
      CHECK(many.take() == 0);
      check_quarantined(many);
    }
  }
}

TEST_CASE("F6 a virtio frame in more buffers than come, or than a packet has room for") {
  for (const bool packed : {false, true}) {
    const VirtioRigOptions options{.format = {.packed = packed}};
    // The rest never comes: nothing waits, and a reset brings the buffers home.
    ReceiveRig waiting(options, true);
    deliver_in(waiting, 3);
    deliver_in(waiting, 1);
    for (int i = 0; i < 1000; ++i) CHECK(waiting.take() == 0);
    waiting.restart();
    CHECK(waiting.queue.not_taken.value() == 1);

    // All parts are dropped, the next frame is right.
    ReceiveRig large(options, true);
    deliver_in(large, 4);
    for (int i = 0; i < 3; ++i) large.model->use(large.take_buffer(), 12 + 2048);
    deliver_in(large, 1);
    CHECK(large.lengths() == std::vector<std::uint32_t>{60});
    CHECK(large.queue.oversize.value() == 1);
    CHECK(large.queue.distrusted() == nullptr);
  }
}

TEST_CASE("F7 packed virtio descriptors with a wrong wrap counter, or skipped ones, are not consumed") {
  ReceiveRig rig({.format = {.packed = true}});
  auto* descriptors = reinterpret_cast<std::uint16_t*>(rig.queue.place(0).descriptors.memory);
  const auto flags = [descriptors](std::size_t i) -> std::uint16_t& { return descriptors[8 * i + 7]; };
  // Used in the turn before, used but not available, available but not used: none of this turn.
  for (const auto wrong : std::initializer_list<std::uint16_t>{0x0000, 0x8000, 0x0080}) {
    flags(0) = wrong;
    CHECK(rig.take() == 0);
  }
  // The second without the first.
  flags(1) = 0x8080;
  CHECK(rig.take() == 0);
  CHECK(rig.queue.distrusted() == nullptr);
}

TEST_CASE("F8 nonsense about events, or no wish to be told for ever, does not stop polling") {
  for (const bool packed : {false, true}) {
    ReceiveRig rig({.format = {.packed = packed}});
    const auto place = rig.queue.place(0);
    auto* flags = reinterpret_cast<std::uint16_t*>(place.device.memory) + (packed ? 1 : 0);
    for (const auto value : std::initializer_list<std::uint16_t>{0, 1, 2, 3, 0x8000, 0xffff}) {
      *flags = value;
      for (int i = 0; i < 100; ++i) {
        rig.deliver(60);
        CHECK(rig.take() == 1);
      }
    }
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

}  // namespace ixyflow::test
