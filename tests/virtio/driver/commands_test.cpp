// What the virtio driver says by the control queue, and which queues it starts.

#include <algorithm>
#include <catch2/catch.hpp>
#include <span>

#include "drivers/common/rss_key.hpp"
#include "tests/virtio/driver/device_rig.hpp"

namespace ixyflow::test {

TEST_CASE("F12 a virtio command that is refused, or never answered, ends the start with its name") {
  for (const bool packed : {false, true}) {
    DeviceRig refusing;
    if (packed) refusing.fake.features |= feature::kRingPacked;
    refusing.fake.answers[0x0100] = 1;
    CHECK(contains(refusing.refusal(), "does not switch all multicast"));
    DeviceRig silent;
    if (packed) silent.fake.features |= feature::kRingPacked;
    silent.fake.silent = true;
    CHECK(contains(silent.refusal(), "no answer"));
  }
}

TEST_CASE("virtio filters are told by the control queue") {
  for (const bool packed : {false, true}) {
    Settings settings = DeviceRig::small();
    settings.promiscuous = settings.multicast = false;
    settings.addresses = {{{2, 0, 0, 0, 0, 1}}, {{0x33, 0x33, 0, 0, 0, 2}}, {{2, 0, 0, 0, 0, 3}}};
    for (std::uint16_t i = 0; i < 100; ++i) settings.vlans.push_back(i);
    DeviceRig rig(settings);
    rig.fake.features |= feature::kCtrlVlan | (packed ? feature::kRingPacked : 0);
    rig.must_start();
    const auto& commands = rig.fake.commands;
    REQUIRE(commands.size() == 103);
    CHECK(commands[0] == std::pair<std::uint16_t, std::vector<std::uint8_t>>(0x0000, {0}));
    CHECK(commands[1] == std::pair<std::uint16_t, std::vector<std::uint8_t>>(0x0100, {0}));
    CHECK(commands[2] ==
          std::pair<std::uint16_t, std::vector<std::uint8_t>>(
              0x0001, {2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0x33, 0x33, 0, 0, 0, 2}));
    CHECK(commands[102] == std::pair<std::uint16_t, std::vector<std::uint8_t>>(0x0002, {99, 0}));
  }
}

TEST_CASE(
    "several pairs of virtio queues are switched on by MQ, or spread by RSS with the key that is wanted") {
  Settings settings = DeviceRig::small();
  settings.receive_queues = settings.transmit_queues = 3;
  {
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq;
    rig.fake.set_config<std::uint16_t>(8, 4);
    rig.must_start();
    CHECK(rig.fake.queues.contains(8));  // the control queue, behind all pairs
    CHECK(rig.fake.queues.size() == 7);
    CHECK(rig.fake.commands.back() == std::pair<std::uint16_t, std::vector<std::uint8_t>>(0x0004, {3, 0}));
  }
  for (const RssKey key : {RssKey::full, RssKey::symmetric}) {
    settings.rss_key = key;
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq | feature::kRss;
    rig.fake.set_config<std::uint16_t>(8, 4);
    rig.must_start();
    const auto& [command, data] = rig.fake.commands.back();
    CHECK(command == 0x0104);
    REQUIRE(data.size() == 4 + 2 + 2 + 2 * 128 + 2 + 1 + 40);
    CHECK(std::vector(data.begin(), data.begin() + 16) ==
          std::vector<std::uint8_t>{0x3f, 0, 0, 0, 127, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0});
    CHECK(std::vector(data.begin() + 264, data.begin() + 267) == std::vector<std::uint8_t>{3, 0, 40});
    CHECK(std::ranges::equal(std::span(data).subspan(267), drivers::rss_key_bytes(key)));
  }
  {
    DeviceRig rig(settings);  // no MQ
    CHECK(contains(rig.refusal(), "1 pair of queues, and 3 are used"));
  }
  {
    settings.receive_queues = 1;
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq;
    rig.fake.set_config<std::uint16_t>(8, 4);
    CHECK(contains(rig.refusal(), "lacks RSS"));
  }
}

TEST_CASE("pairs of virtio queues that work when they are started need no command, but both their halves") {
  Settings settings = DeviceRig::small();
  settings.receive_queues = settings.transmit_queues = 3;
  DeviceRig rig(settings);
  rig.fake.features = feature::kVersion1 | feature::kMq;
  rig.fake.started_pairs_work = true;
  rig.fake.set_config<std::uint16_t>(8, 4);
  rig.must_start();
  CHECK(rig.fake.queues.size() == 6);
}

TEST_CASE("the half of a pair of virtio queues that is not used has an empty ring, after a reset too") {
  for (const bool packed : {false, true})
    for (const std::uint16_t receives : std::initializer_list<std::uint16_t>{0, 1}) {
      Settings one_way = DeviceRig::small();
      one_way.receive_queues = receives;
      one_way.transmit_queues = receives == 0 ? 1 : 0;
      DeviceRig rig(one_way);
      rig.fake.features = feature::kVersion1 | (packed ? feature::kRingPacked : 0);
      rig.fake.started_pairs_work = true;
      rig.must_start();
      REQUIRE(rig.fake.queues.size() == 2);
      const std::uint16_t idle = receives == 0 ? 0 : 1;
      CHECK_FALSE(rig.fake.queues.at(idle)->interrupts());
      constexpr std::size_t kAvailable = 14 * 8 + 7;  // of the first descriptor of a packed ring
      packed ? rig.fake.queues.at(idle)->flip(kAvailable) : rig.fake.queues.at(idle)->scribble(0x5a);
      rig.fake.now |= status::kNeedsReset;
      rig.pass(std::chrono::milliseconds(200));
      REQUIRE(rig.counters.resets.value() == 1);
      CHECK_FALSE(rig.fake.queues.at(idle)->interrupts());
      CHECK_FALSE(rig.fake.queues.at(idle)->take());
    }
}

}  // namespace ixyflow::test
