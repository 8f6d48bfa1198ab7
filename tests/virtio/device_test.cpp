// How the virtio driver takes a device into use, and what it refuses.

#include <catch2/catch.hpp>

#include "virtio/device_rig.hpp"

namespace ixyflow::test {
namespace {

/// Why the rig does not start.
std::string refusal(DeviceRig& rig) {
  const auto started = rig.start();
  return started ? "" : started.error().text;
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a virtio device is taken into use in the order of section 3.1.1") {
  DeviceRig rig;
  rig.must_start();
  CHECK(rig.fake.steps == std::vector<std::string>{"reset", "status 1", "status 2", "features", "queue 0",
                                                   "queue 1", "queue 2", "status 4"});
  rig.check_works();
  // Promiscuous, all multicast.
  REQUIRE(rig.fake.commands.size() == 2);
  CHECK(rig.fake.commands[0] == std::pair<std::uint16_t, std::vector<std::uint8_t>>(0x0000, {1}));
  CHECK(rig.fake.commands[1] == std::pair<std::uint16_t, std::vector<std::uint8_t>>(0x0100, {1}));
}

TEST_CASE("a virtio device works with every ring that it offers, and with the one that was asked for") {
  using drivers::virtio::RingChoice;
  for (const bool offered : {false, true})
    for (const RingChoice choice : {RingChoice::automatic, RingChoice::split, RingChoice::packed}) {
      Settings settings = DeviceRig::small();
      settings.ring = choice;
      DeviceRig rig(settings);
      rig.fake.features |=
          (offered ? feature::kRingPacked : 0) | feature::kInOrder | feature::kAccessPlatform;
      if (choice == RingChoice::packed && !offered) {
        CHECK(contains(refusal(rig), "no packed rings"));
        continue;
      }
      rig.must_start();
      CHECK(rig.fake.packed() == (offered && choice != RingChoice::split));
      CHECK(rig.device->agreement().has(feature::kInOrder | feature::kAccessPlatform));
      CHECK(rig.fake.commands.size() == 2);
      rig.check_works();
    }
}

TEST_CASE("a legacy virtio device decides how long its queues are, and where its headers go") {
  for (const bool any_layout : {false, true})
    for (const auto size : std::initializer_list<std::uint16_t>{128, 256, 1024, 4096}) {
      DeviceRig rig;
      rig.fake.legacy = true;
      rig.fake.features = feature::kMac | feature::kStatus | (any_layout ? feature::kAnyLayout : 0);
      for (const auto queue : std::initializer_list<std::uint16_t>{0, 1}) rig.fake.sizes[queue] = size;
      rig.must_start();
      CHECK(rig.device->agreement().format.header_bytes == 10);
      CHECK(rig.receive[0].place(0).size == size);
      CHECK(rig.receive[0].slots() == std::min<std::uint32_t>(64, any_layout ? size : size / 2));
      CHECK(rig.receive[0].place(0).device.address % 4096 == 0);
      for (int i = 0; i < (size < 1000 ? 600 : 20); ++i) rig.check_works();
    }
}

TEST_CASE("F10 a virtio device that does not reset, or does not accept what it offered, is refused") {
  DeviceRig stuck;
  stuck.fake.never_resets = true;
  CHECK(contains(refusal(stuck), "reset"));
  DeviceRig picky;
  picky.fake.refuses_features = true;
  CHECK(contains(refusal(picky), "does not work with the features"));
  CHECK_FALSE(picky.fake.can_reach_memory);
}

TEST_CASE("F11 a virtio device that says what cannot be of itself is refused") {
  for (const auto size : std::initializer_list<std::uint16_t>{0, 1, 3, 32, 65535}) {
    DeviceRig rig;
    rig.fake.sizes[1] = size;
    CHECK(contains(refusal(rig), "its queue 1 has " + std::to_string(size) + " descriptors"));
  }
  {
    DeviceRig rig;  // the largest that there may be: as many as wanted are used
    rig.fake.sizes[0] = 32768;
    rig.must_start();
    CHECK(rig.receive[0].place(0).size == 64);
  }
  for (const auto byte : std::initializer_list<std::uint8_t>{0x01, 0xff}) {
    DeviceRig rig;
    rig.fake.config[0] = std::byte{byte};
    CHECK(contains(refusal(rig), "MAC address"));
  }
  {
    DeviceRig rig;
    rig.fake.features |= feature::kMtu;
    rig.fake.set_config<std::uint16_t>(10, 67);
    CHECK(contains(refusal(rig), "MTU is 67"));
  }
  for (const auto pairs : std::initializer_list<std::uint16_t>{0, 0x8001, 65535}) {
    Settings settings = DeviceRig::small();
    settings.receive_queues = settings.transmit_queues = 2;
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq;
    rig.fake.set_config<std::uint16_t>(8, pairs);
    CHECK(contains(refusal(rig), std::to_string(pairs) + " pairs of queues"));
  }
  {
    DeviceRig rig;
    rig.fake.config.resize(3);
    CHECK_FALSE(refusal(rig).empty());
  }
}

TEST_CASE("F12 features: none, all, and those without which something that was asked for cannot be") {
  {
    DeviceRig rig;
    rig.fake.features = 0;
    CHECK(contains(refusal(rig), "no virtio 1.0 device"));
  }
  {
    DeviceRig rig;
    rig.fake.features = feature::kVersion1;
    rig.must_start();
    rig.check_works();
    CHECK(rig.fake.commands.empty());
    CHECK(rig.device->link_up());
  }
  {
    DeviceRig rig;
    rig.fake.features = ~std::uint64_t{0};
    rig.must_start();
    rig.check_works();
    CHECK_FALSE(rig.device->agreement().has(feature::kMrgRxbuf));
    CHECK_FALSE(rig.device->agreement().has(feature::kGuestCsum));
    CHECK((rig.fake.accepted & 1U << 30) == 0);
    CHECK((rig.fake.accepted & 1U << 29) == 0);
  }
  for (const bool promiscuous : {false, true}) {
    Settings settings = DeviceRig::small();
    settings.promiscuous = promiscuous;
    if (promiscuous) settings.addresses.push_back({{2, 0, 0, 0, 0, 9}});
    DeviceRig rig(settings);
    rig.fake.features &= ~feature::kCtrlVq;
    CHECK(contains(refusal(rig), "CTRL_RX"));
  }
  {
    Settings settings = DeviceRig::small();
    settings.vlans = {100};
    DeviceRig rig(settings);
    CHECK(contains(refusal(rig), "CTRL_VLAN"));
  }
}

TEST_CASE("F12 a virtio command that is refused, or never answered, ends the start with its name") {
  for (const bool packed : {false, true}) {
    DeviceRig refusing;
    if (packed) refusing.fake.features |= feature::kRingPacked;
    refusing.fake.answers[0x0100] = 1;
    CHECK(contains(refusal(refusing), "does not switch all multicast"));
    DeviceRig silent;
    if (packed) silent.fake.features |= feature::kRingPacked;
    silent.fake.silent = true;
    CHECK(contains(refusal(silent), "no answer"));
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

TEST_CASE("several pairs of virtio queues are switched on by MQ, or spread by RSS with the symmetric key") {
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
  {
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq | feature::kRss;
    rig.fake.set_config<std::uint16_t>(8, 4);
    rig.must_start();
    const auto& [command, data] = rig.fake.commands.back();
    CHECK(command == 0x0104);
    REQUIRE(data.size() == 4 + 2 + 2 + 2 * 128 + 2 + 1 + 40);
    CHECK(std::vector(data.begin(), data.begin() + 16) ==
          std::vector<std::uint8_t>{0x3f, 0, 0, 0, 127, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0});
    CHECK(std::vector(data.begin() + 264, data.begin() + 270) ==
          std::vector<std::uint8_t>{3, 0, 40, 0x6d, 0x5a, 0x6d});
  }
  {
    DeviceRig rig(settings);  // no MQ
    CHECK(contains(refusal(rig), "1 pair of queues, and 3 are used"));
  }
  {
    DeviceRig rig(settings);  // vhost-user: what is started works
    rig.fake.features = feature::kVersion1 | feature::kMq;
    rig.fake.started_pairs_work = true;
    rig.fake.set_config<std::uint16_t>(8, 4);
    rig.must_start();
    CHECK(rig.fake.queues.size() == 6);
  }
  for (const std::uint16_t receives : std::initializer_list<std::uint16_t>{0, 1}) {
    Settings one_way;
    one_way.receive_descriptors = one_way.transmit_descriptors = 64;
    one_way.receive_queues = receives;
    one_way.transmit_queues = receives == 0 ? 1 : 0;
    DeviceRig rig(one_way);  // pairs are served as a whole: the other half is started without buffers
    rig.fake.features = feature::kVersion1;
    rig.fake.started_pairs_work = true;
    rig.must_start();
    CHECK(rig.fake.queues.size() == 2);
  }
  {
    settings.receive_queues = 1;
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq;
    rig.fake.set_config<std::uint16_t>(8, 4);
    CHECK(contains(refusal(rig), "lacks RSS"));
  }
}

TEST_CASE("the virtio device's MTU bounds what it is given") {
  DeviceRig rig;
  rig.fake.features |= feature::kMtu;
  rig.fake.set_config<std::uint16_t>(10, 68);
  rig.must_start();
  std::vector<Packet*> packets(2);
  REQUIRE(rig.pool->allocate(packets) == 2);
  packets[0]->set_length(68 + 22);
  packets[1]->set_length(68 + 23);
  CHECK(rig.transmit[0].transmit(packets) == 2);
  CHECK(rig.transmit[0].bad_length.value() == 1);
}

}  // namespace ixyflow::test
