// The transmit queue of the virtio driver against a device that means harm (tests/FAULTS.md, F).

#include <catch2/catch.hpp>
#include <vector>

#include "tests/virtio/driver/transmit_rig.hpp"

namespace ixyflow::test {
namespace {

/// The queue has stopped, does nothing more, and works again after a reset.
void check_quarantined(TransmitRig& rig) {
  CHECK(rig.queue.room() == 0);
  CHECK(rig.queue.distrusted() != nullptr);
  CHECK(rig.send_new(1) == 0);
  rig.restart();
  CHECK(rig.queue.distrusted() == nullptr);
  CHECK(rig.send_new(3) == 3);
  CHECK(rig.send_all() == 3);
  CHECK(rig.queue.room() == rig.queue.slots());
}

}  // namespace

TEST_CASE("F1 a virtio used id that there is not stops the transmit queue") {
  for (const QueueFormat& format : all_formats())
    for (const std::uint32_t id : {64U, 65U, 0xffffU, 0x8000U, 0x80000000U, 0xffffffffU}) {
      if ((format.packed && id > 0xffff) || (format.in_order && !format.packed)) continue;
      TransmitRig rig({.format = format});
      CAPTURE(format.packed, format.in_order, format.header_apart, id);
      CHECK(rig.send_new(10) == 10);
      rig.model->use_word(id, 0);
      check_quarantined(rig);
      CHECK(rig.queue.flushed.value() == 10);
    }
}

TEST_CASE("F2 a virtio frame that was never sent, or comes back twice, stops the transmit queue") {
  for (const QueueFormat& format : all_formats()) {
    if (format.in_order && !format.packed) continue;  // where ids are not looked at
    TransmitRig never({.format = format});
    CAPTURE(format.packed, format.in_order, format.header_apart);
    CHECK(never.send_new(10) == 10);
    never.model->use_word(10U << (format.header_apart ? 1 : 0), 0);
    check_quarantined(never);

    TransmitRig twice({.format = format});
    CHECK(twice.send_new(10) == 10);
    const auto first = twice.take_frame();
    twice.model->use(first->chain, 0);
    twice.model->use(first->chain, 0);
    check_quarantined(twice);

    if (format.in_order) continue;  // it means that both were sent
    TransmitRig early({.format = format});
    CHECK(early.send_new(10) == 10);
    static_cast<void>(early.take_frame());
    const auto second = early.take_frame();
    early.model->use(second->chain, 0);
    early.model->use(second->chain, 0);
    check_quarantined(early);
  }
}

TEST_CASE("F3 the length that a virtio device reports of what it has sent does not matter") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format});
    for (const std::uint32_t length : {0U, 1U, 72U, 0x80000000U, 0xffffffffU}) {
      CHECK(rig.send_new(1) == 1);
      rig.model->use(rig.take_frame()->chain, length);
      CHECK(rig.queue.room() == rig.queue.slots());
    }
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("F4 a virtio used index that jumps or goes back stops the transmit queue") {
  for (const QueueFormat& format : all_formats()) {
    if (format.packed) continue;
    for (const auto jump : std::initializer_list<std::uint16_t>{11, 64, 65, 1000, 0x7fff, 0x8000, 0xffff}) {
      TransmitRig rig({.format = format});
      CAPTURE(format.in_order, jump);
      CHECK(rig.send_new(10) == 10);
      rig.model->set_used_index(static_cast<std::uint16_t>(rig.model->used_index() + jump));
      check_quarantined(rig);
    }
  }
}

TEST_CASE("F5 what a virtio device writes over what it was given changes nothing for the driver") {
  for (const QueueFormat& format : all_formats()) {
    if (format.packed) continue;
    TransmitRig rig({.format = format});
    CHECK(rig.send_new(10) == 10);
    std::vector<RingModel::Chain> chains;
    while (const auto frame = rig.take_frame()) chains.push_back(frame->chain);
    rig.model->scribble(0xff);
    for (const auto& chain : chains) rig.model->use(chain, 0);
    CHECK(rig.queue.room() == rig.queue.slots());
    CHECK(rig.queue.distrusted() == nullptr);
  }
}

TEST_CASE("F7 packed virtio batches that are longer than what is under way stop the transmit queue") {
  TransmitRig rig({.format = {.packed = true, .in_order = true}});
  CHECK(rig.send_new(10) == 10);
  rig.model->use_batch(9, 0, 10);
  CHECK(rig.queue.room() == rig.queue.slots());
  CHECK(rig.send_new(10) == 10);
  rig.model->use_batch(20, 0, 11);
  check_quarantined(rig);
  // Ids that go back are batches of nearly the whole ring.
  CHECK(rig.send_new(10) == 10);
  rig.model->use_batch(2, 0, 1);
  check_quarantined(rig);
}

TEST_CASE("F9 a virtio device that never sends is found by who asks, and buffers stay until it is reset") {
  for (const QueueFormat& format : all_formats()) {
    TransmitRig rig({.format = format});
    CHECK_FALSE(rig.queue.waits());
    CHECK(rig.send_new(10) == 10);
    for (int i = 0; i < 1000; ++i) CHECK(rig.queue.room() == rig.queue.slots() - 10);
    CHECK(rig.queue.waits());
    CHECK(rig.pool->available() == rig.pool->size() - 10);
    // The control thread alone sees that it goes on, whether the worker looks or not.
    rig.model->use(rig.take_frame()->chain, 0);
    CHECK_FALSE(rig.queue.waits());
    rig.restart();
    CHECK(rig.queue.flushed.value() == 9);
  }
}

}  // namespace ixyflow::test
