// The front end against the port `vhost` of this program.

#include <sys/eventfd.h>

#include <atomic>
#include <cstring>

#include "core/os/file_descriptor.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/format/packed_layout.hpp"
#include "drivers/virtio/format/split_layout.hpp"
#include "drivers/virtio/transport/vhost_user_transport.hpp"
#include "tests/virtio/transport/device_process.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using namespace ixyflow::drivers::virtio;

TEST_CASE("A driver finds a device over vhost-user, and gives it queues") {
  const bool packed = GENERATE(false, true);
  const bool server = GENERATE(false, true);
  DmaMemory memory = shared_memory();
  const TemporaryDirectory directory;
  Device device(server);
  auto opened = open_vhost_user_transport(device.path(), {.server = server});
  REQUIRE(opened);
  Transport& transport = **opened;
  REQUIRE(transport.map(memory));
  REQUIRE(eventually([&] { return transport.reset().has_value(); }));
  REQUIRE(transport.add_status(status::kAcknowledge | status::kDriver));
  const auto offered = transport.device_features();
  REQUIRE(offered);
  CHECK((*offered & (feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked | feature::kMq)) ==
        (feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked | feature::kMq));
  CHECK((*offered & (feature::kCtrlVq | 1ULL << 30)) == 0);
  REQUIRE(transport.accept_features(feature::kVersion1 | (packed ? feature::kRingPacked : 0)));
  CHECK((transport.status() & status::kFeaturesOk) != 0);
  std::uint16_t pairs = 0;
  REQUIRE(transport.read_config(8, std::as_writable_bytes(std::span(&pairs, 1))));
  CHECK(pairs == 2);
  CHECK(transport.queue_size(3) == 32768);
  CHECK(transport.queue_size(4) == 0);
  std::vector<QueuePlace> places;
  for (std::uint16_t index = 0; index < 2; ++index) {
    places.push_back(place_in(memory, index, 64));
    REQUIRE(transport.start_queue(places.back()));
  }
  CHECK_FALSE(device.ready);
  REQUIRE(transport.add_status(status::kDriverOk));
  CHECK(eventually([&] { return device.ready.load(); }));

  // A frame by hand, in one descriptor behind a header of 12 bytes.
  const std::span<std::byte> buffer = memory.take(72);
  std::ranges::fill(buffer, std::byte{0});
  std::memset(buffer.data() + 12, 0x5a, 60);
  const std::uint64_t address = memory.device_address(buffer.data());
  if (packed) {
    auto* const ring = reinterpret_cast<PackedDescriptor*>(places[1].descriptors.memory);
    ring[0].address = address;
    std::atomic_ref(ring[0].rest).store(72 | std::uint64_t{1 << 7} << 48, std::memory_order_release);
  } else {
    *reinterpret_cast<SplitDescriptor*>(places[1].descriptors.memory) = {address, 72, 0, 0};
    auto* const available = reinterpret_cast<AvailableRing*>(places[1].driver.memory);
    std::atomic_ref(available->index).store(1, std::memory_order_release);
  }
  CHECK(eventually([&] { return device.frames == 1; }));
  // After the reset the device touches nothing any more, and can be given queues anew.
  REQUIRE(transport.reset());
  CHECK(eventually([&] { return !device.ready.load(); }));
  REQUIRE(transport.accept_features(feature::kVersion1));
  REQUIRE(transport.start_queue(place_in(memory, 0, 32)));
  REQUIRE(transport.start_queue(place_in(memory, 1, 32)));
  REQUIRE(transport.add_status(status::kDriverOk));
  CHECK(eventually([&] { return device.ready.load(); }));
  transport.cut_off();
  CHECK_FALSE(transport.connected());
  CHECK(eventually([&] { return !device.ready.load(); }));
  device.stop();
  CHECK(device.received == std::vector<Bytes>{Bytes(std::vector<std::uint8_t>(60, 0x5a))});
}

TEST_CASE("F17 a device that has gone is found again by a reset") {
  DmaMemory memory = shared_memory();
  Device device;
  auto opened = open_vhost_user_transport(device.path(), {});
  REQUIRE(opened);
  Transport& transport = **opened;
  REQUIRE(transport.map(memory));
  for (unsigned i = 0; i < 20; ++i) {
    REQUIRE(eventually([&] { return transport.reset().has_value(); }));
    REQUIRE(transport.accept_features(feature::kVersion1 | (i % 2 != 0 ? feature::kRingPacked : 0)));
    for (std::uint16_t index = 0; index < 2; ++index)
      REQUIRE(transport.start_queue(place_in(memory, index, 16)));
    REQUIRE(transport.add_status(status::kDriverOk));
    CHECK(eventually([&] { return device.ready.load(); }));
    transport.cut_off();
    CHECK(eventually([&] { return !device.ready.load(); }));
  }
}

TEST_CASE("F17 who does not know yet that its queue was stopped writes to nothing else") {
  DmaMemory memory = shared_memory();
  const Device device;
  auto opened = open_vhost_user_transport(device.path(), {});
  REQUIRE(opened);
  Transport& transport = **opened;
  REQUIRE(transport.map(memory));
  REQUIRE(eventually([&] { return transport.reset().has_value(); }));
  REQUIRE(transport.accept_features(feature::kVersion1));
  const auto notifier = transport.start_queue(place_in(memory, 1, 16));
  REQUIRE(notifier);
  REQUIRE(transport.add_status(status::kDriverOk));
  REQUIRE(transport.reset());
  // They get the lowest numbers that are free, as anything does that another thread opens.
  std::vector<FileDescriptor> others;
  for (unsigned i = 0; i < 16; ++i) others.emplace_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  notifier->notify(1);
  std::uint64_t count = 0;
  for (const FileDescriptor& other : others) CHECK(::read(other.get(), &count, sizeof count) == -1);
}
