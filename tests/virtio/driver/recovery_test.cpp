// What the virtio driver does about devices that fail, lie, hang or leave, while everything else goes on.

#include <catch2/catch.hpp>

#include "tests/virtio/driver/device_rig.hpp"

namespace ixyflow::test {

using std::chrono::milliseconds;

TEST_CASE("the virtio link is followed and told") {
  DeviceRig rig;
  rig.must_start();
  rig.pass(milliseconds(10));
  CHECK(rig.recovery->link_up());
  rig.fake.set_config<std::uint16_t>(6, 0);
  rig.pass(milliseconds(100));
  CHECK_FALSE(rig.recovery->link_up());
  rig.fake.set_config<std::uint16_t>(6, 1);
  rig.pass(milliseconds(100));
  CHECK(rig.events ==
        std::vector<std::string>{"the device works with MAC, STATUS, CTRL_VQ, CTRL_RX, VERSION_1",
                                 "the link is up", "the link is down", "the link is up"});
  CHECK(rig.counters.link_losses.value() == 1);
  CHECK(rig.counters.resets.value() == 0);
}

TEST_CASE("F10 a virtio device that asks for a reset, or has failed, gets one and works again") {
  for (const auto bit : std::initializer_list<std::uint8_t>{status::kNeedsReset, status::kFailed}) {
    DeviceRig rig;
    rig.must_start();
    CHECK(rig.send(5) == 5);
    rig.fake.now |= bit;
    rig.pass(milliseconds(200));
    CHECK(rig.told("has failed"));
    CHECK(rig.counters.resets.value() == 1);
    CHECK(rig.transmit[0].flushed.value() == 5);
    rig.check_works();
  }
}

TEST_CASE("F1 a virtio device that was distrusted is reset, and its buffers stay until it was") {
  DeviceRig rig;
  rig.must_start();
  rig.fake.queues.at(0)->use_word(1000, 72);
  rig.poll();
  CHECK(rig.receive[0].distrusted() != nullptr);
  CHECK(rig.pool->available() == rig.pool->size() - 64);
  rig.pass(milliseconds(50));
  CHECK(rig.told("returns a received buffer that there is not (receive queue 0)"));
  CHECK(rig.counters.resets.value() == 1);
  rig.check_works();
}

TEST_CASE("F9 a virtio transmit queue of which nothing comes back is found by the second look, and reset") {
  DeviceRig rig;
  rig.must_start();
  CHECK(rig.send(10) == 10);
  rig.pass(milliseconds(1900));
  CHECK(rig.counters.resets.value() == 0);
  CHECK(rig.pool->available() == rig.pool->size() - 64 - 10);
  rig.pass(milliseconds(1500));
  CHECK(rig.told("transmit queue 0 hangs"));
  CHECK(rig.counters.resets.value() == 1);
  CHECK(rig.transmit[0].flushed.value() == 10);
  rig.check_works();
}

TEST_CASE("F9 a virtio device that does not stop loses the way to memory before its buffers go home") {
  DeviceRig rig;
  rig.must_start();
  CHECK(rig.send(10) == 10);
  rig.fake.never_resets = true;
  rig.fake.now |= status::kNeedsReset;
  rig.pass(milliseconds(1000));
  CHECK_FALSE(rig.fake.can_reach_memory);
  CHECK(rig.pool->available() == rig.pool->size());
  // The same trouble is told once.
  CHECK(rig.events.size() <= 4);
  rig.fake.never_resets = false;
  rig.pass(milliseconds(12'000));
  CHECK(rig.fake.can_reach_memory);
  rig.check_works();
}

TEST_CASE("a virtio device that fails again and again is reset more and more rarely") {
  DeviceRig rig;
  rig.must_start();
  for (int i = 0; i < 60'000 / 10; ++i) {
    rig.fake.now |= status::kNeedsReset;
    rig.pass(milliseconds(10));
  }
  CHECK(rig.counters.resets.value() > 5);
  CHECK(rig.counters.resets.value() < 20);
}

TEST_CASE("F9 a virtio queue that hangs is never reset alone, which QEMU does not survive") {
  DeviceRig rig;
  rig.fake.features |= feature::kRingReset;
  rig.must_start();
  CHECK(rig.send(10) == 10);
  rig.pass(milliseconds(3500));
  CHECK(rig.told("transmit queue 0 hangs; it is reset"));
  CHECK(rig.counters.queue_resets.value() == 0);
  CHECK(rig.counters.resets.value() == 1);
  CHECK(rig.transmit[0].flushed.value() == 10);
  rig.check_works();
}

TEST_CASE("F1 a virtio transmit queue that is distrusted is reset alone, if the device does it") {
  DeviceRig rig;
  rig.fake.features |= feature::kRingReset;
  rig.must_start();
  for (int time = 0; time < 2; ++time) {
    CHECK(rig.send(10) == 10);
    rig.fake.queues.at(1)->use_word(1000, 0);
    rig.pass(milliseconds(500));
    CHECK(rig.counters.queue_resets.value() == 1);
    // The second time so soon it did not help: the device as a whole.
    CHECK(rig.counters.resets.value() == (time == 0 ? 0 : 1));
    CHECK(rig.transmit[0].flushed.value() == (time == 0 ? 10 : 20));
    CHECK(rig.receive[0].not_taken.value() == 0);
    if (time == 0) CHECK(rig.fake.steps.back() == "queue 1");
    rig.check_works();
  }
}

TEST_CASE("F1 a virtio receive queue that is distrusted is reset alone, if the device does it") {
  for (const bool refuses : {false, true}) {
    DeviceRig rig;
    rig.fake.features |= feature::kRingReset;
    rig.fake.resets_no_queue = refuses;
    rig.must_start();
    CHECK(rig.send(5) == 5);
    rig.fake.queues.at(0)->use_word(1000, 72);
    rig.poll();
    rig.pass(milliseconds(50));
    CHECK(rig.counters.queue_resets.value() == (refuses ? 0 : 1));
    CHECK(rig.counters.resets.value() == (refuses ? 1 : 0));
    // The other queue has what it had.
    CHECK(rig.transmit[0].flushed.value() == (refuses ? 5 : 0));
    rig.deliver();
    rig.poll();
    CHECK(rig.received == 1);
  }
}

TEST_CASE("F10 a virtio device that fails, or is pulled out, while one of its queues is reset") {
  for (const bool pulled : {false, true})
    for (int steps = 0; steps < 6; ++steps) {
      DeviceRig rig;
      rig.fake.features |= feature::kRingReset;
      rig.must_start();
      rig.fake.queues.at(0)->use_word(1000, 72);
      rig.poll();
      // Control thread and worker by turns, up to any point of the reset.
      const auto event = [](EventKind, std::string_view) {};
      for (int i = 0; i < steps; ++i) i % 2 == 0 ? rig.recovery->look(rig.now, event) : rig.poll();
      (pulled ? rig.fake.gone : rig.fake.connected) = pulled;
      rig.pass(milliseconds(100));
      CHECK(rig.pool->available() == rig.pool->size());
      CHECK(rig.recovery->removed() == pulled);
      if (pulled) continue;
      rig.fake.connected = true;
      rig.pass(milliseconds(2000));
      rig.check_works();
    }
}

TEST_CASE("F17 a virtio peer that leaves in mid burst, and comes back with other features, 1,000 times") {
  DeviceRig rig;
  rig.must_start();
  for (int i = 0; i < 1000; ++i) {
    CHECK(rig.send(static_cast<std::uint32_t>(i % 60)) == static_cast<std::uint32_t>(i % 60));
    for (int k = 0; k < i % 7; ++k) rig.deliver();
    rig.fake.connected = false;
    rig.pass(milliseconds(6));
    CHECK_FALSE(rig.recovery->link_up());
    CHECK(rig.pool->available() == rig.pool->size());
    rig.fake.features ^= i % 2 == 0 ? feature::kRingPacked : feature::kInOrder;
    rig.fake.sizes[0] = i % 3 == 0 ? 32 : 256;
    rig.fake.connected = true;
    rig.pass(milliseconds(1200));
    REQUIRE(rig.recovery->working());
    rig.check_works();
  }
}

TEST_CASE("a virtio peer that is not there at the start is looked for, and taken into use when it comes") {
  DeviceRig rig;
  rig.fake.connected = false;
  rig.must_start();
  rig.pass(milliseconds(3000));
  CHECK_FALSE(rig.recovery->link_up());
  CHECK(rig.events.size() == 1);
  CHECK(rig.send(3) == 0);
  rig.fake.connected = true;
  rig.pass(milliseconds(1200));
  CHECK(rig.recovery->link_up());
  rig.check_works();
}

TEST_CASE("a virtio device that is pulled out is told once, and its buffers come home") {
  DeviceRig rig;
  rig.must_start();
  CHECK(rig.send(10) == 10);
  rig.fake.gone = true;
  rig.pass(milliseconds(3000));
  CHECK(rig.recovery->removed());
  CHECK(rig.events.size() == 1);
  CHECK(rig.told("it was pulled out"));
  CHECK(rig.pool->available() == rig.pool->size());
}

}  // namespace ixyflow::test
