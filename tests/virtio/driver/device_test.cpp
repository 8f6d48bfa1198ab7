// How the virtio driver takes a device into use, and what it refuses.

#include <catch2/catch.hpp>

#include "tests/virtio/driver/device_rig.hpp"

namespace ixyflow::test {

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
  using drivers::virtio::Iommu;
  using drivers::virtio::RingChoice;
  for (const bool offered : {false, true})
    for (const RingChoice choice : {RingChoice::automatic, RingChoice::split, RingChoice::packed}) {
      Settings settings = DeviceRig::small();
      settings.ring = choice;
      DeviceRig rig(settings);
      rig.fake.features |=
          (offered ? feature::kRingPacked : 0) | feature::kInOrder | feature::kAccessPlatform;
      if (choice == RingChoice::packed && !offered) {
        CHECK(contains(rig.refusal(), "no packed rings"));
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
  CHECK(contains(stuck.refusal(), "reset"));
  DeviceRig picky;
  picky.fake.refuses_features = true;
  CHECK(contains(picky.refusal(), "does not work with the features"));
  CHECK_FALSE(picky.fake.can_reach_memory);
}

TEST_CASE("F11 a virtio device that says what cannot be of itself is refused") {
  for (const auto size : std::initializer_list<std::uint16_t>{0, 1, 3, 32, 65535}) {
    DeviceRig rig;
    rig.fake.sizes[1] = size;
    CHECK(contains(rig.refusal(),
                   "its queue 1 has " + std::to_string(size) + " descriptors; 64 to 32768, a power of two,"));
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
    CHECK(contains(rig.refusal(), "MAC address"));
  }
  {
    DeviceRig rig;
    rig.fake.features |= feature::kMtu;
    rig.fake.set_config<std::uint16_t>(10, 67);
    CHECK(contains(rig.refusal(), "MTU is 67"));
  }
  for (const auto pairs : std::initializer_list<std::uint16_t>{0, 0x8001, 65535}) {
    Settings settings = DeviceRig::small();
    settings.receive_queues = settings.transmit_queues = 2;
    DeviceRig rig(settings);
    rig.fake.features |= feature::kMq;
    rig.fake.set_config<std::uint16_t>(8, pairs);
    CHECK(contains(rig.refusal(), std::to_string(pairs) + " pairs of queues"));
  }
  {
    DeviceRig rig;
    rig.fake.config.resize(3);
    CHECK_FALSE(rig.refusal().empty());
  }
}

TEST_CASE("F12 features: none, only the necessary one, and all") {
  {
    DeviceRig rig;
    rig.fake.features = 0;
    CHECK(contains(rig.refusal(), "no virtio 1.0 device"));
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
}

TEST_CASE("F12 a device that reaches memory in another way than it was given addresses for is refused") {
  using drivers::virtio::Iommu;
  for (const bool legacy : {false, true}) {
    Settings settings = DeviceRig::small();
    settings.iommu = Iommu::relied_on;
    DeviceRig rig(settings);
    rig.fake.legacy = legacy;
    CHECK(contains(rig.refusal(), "ACCESS_PLATFORM"));
  }
  {
    Settings settings = DeviceRig::small();
    settings.iommu = Iommu::relied_on;
    DeviceRig rig(settings);
    rig.fake.features |= feature::kAccessPlatform;
    rig.must_start();
    rig.check_works();
  }
  {
    Settings settings = DeviceRig::small();
    settings.iommu = Iommu::passed_by;
    settings.address = "0000:00:04.0";
    DeviceRig past(settings);
    past.must_start();
    past.check_works();
    DeviceRig behind(settings);
    behind.fake.features |= feature::kAccessPlatform;
    CHECK(contains(behind.refusal(), "through VFIO only: sudo ixyflow dev bind 0000:00:04.0"));
  }
}

TEST_CASE("F12 a device without a feature that something depends on that was asked for is refused") {
  for (const bool promiscuous : {false, true}) {
    Settings settings = DeviceRig::small();
    settings.promiscuous = promiscuous;
    if (promiscuous) settings.addresses.push_back({{2, 0, 0, 0, 0, 9}});
    DeviceRig rig(settings);
    rig.fake.features &= ~feature::kCtrlVq;
    CHECK(contains(rig.refusal(), "CTRL_RX"));
  }
  {
    Settings settings = DeviceRig::small();
    settings.vlans = {100};
    DeviceRig rig(settings);
    CHECK(contains(rig.refusal(), "CTRL_VLAN"));
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
