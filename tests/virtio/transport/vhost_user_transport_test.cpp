// The front end against the port `vhost` of this program.

#include "drivers/virtio/transport/vhost_user_transport.hpp"

#include <sys/eventfd.h>

#include <atomic>
#include <cstring>

#include "core/os/file_descriptor.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/format/packed_layout.hpp"
#include "drivers/virtio/format/split_layout.hpp"
#include "tests/virtio/transport/device_process.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using namespace ixyflow::drivers::virtio;

namespace {

/// A transport to a device in another thread, reset and about to be given features.
struct Meeting {
  Meeting(DmaMemory& memory, Device& device, bool server) {
    auto opened = open_vhost_user_transport(device.path(), {.server = server});
    REQUIRE(opened);
    transport = std::move(*opened);
    REQUIRE(transport->map(memory));
    REQUIRE(eventually([&] { return transport->reset().has_value(); }));
    REQUIRE(transport->add_status(status::kAcknowledge | status::kDriver));
  }
  std::unique_ptr<Transport> transport;
};

/// Gives the device a pair of queues of `size` descriptors, with which it does not work yet.
std::vector<QueuePlace> start_pair(Transport& transport, DmaMemory& memory, std::uint16_t size) {
  std::vector<QueuePlace> places;
  for (std::uint16_t index = 0; index < 2; ++index) {
    places.push_back(place_in(memory, index, size));
    REQUIRE(transport.start_queue(places.back()));
  }
  return places;
}

/// Sends a frame of 60 bytes 0x5a by hand, in the first descriptor behind a header of 12 bytes.
void send_by_hand(DmaMemory& memory, const QueuePlace& place, bool packed) {
  const std::span<std::byte> buffer = memory.take(72);
  std::ranges::fill(buffer, std::byte{0});
  std::memset(buffer.data() + 12, 0x5a, 60);
  const std::uint64_t address = memory.device_address(buffer.data());
  if (packed) {
    auto* const ring = reinterpret_cast<PackedDescriptor*>(place.descriptors.memory);
    ring[0].address = address;
    std::atomic_ref(ring[0].rest).store(72 | std::uint64_t{1 << 7} << 48, std::memory_order_release);
  } else {
    *reinterpret_cast<SplitDescriptor*>(place.descriptors.memory) = {address, 72, 0, 0};
    auto* const available = reinterpret_cast<AvailableRing*>(place.driver.memory);
    std::atomic_ref(available->index).store(1, std::memory_order_release);
  }
}

}  // namespace

TEST_CASE("A driver finds a device over vhost-user, and what it offers") {
  DmaMemory memory = shared_memory();
  const bool server = GENERATE(false, true);
  Device device(server);
  const Meeting meeting(memory, device, server);
  Transport& transport = *meeting.transport;
  const auto offered = transport.device_features();
  REQUIRE(offered);
  CHECK((*offered & (feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked | feature::kMq)) ==
        (feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked | feature::kMq));
  CHECK((*offered & (feature::kCtrlVq | 1ULL << 30)) == 0);
  REQUIRE(transport.accept_features(feature::kVersion1));
  CHECK((transport.status() & status::kFeaturesOk) != 0);
  std::uint16_t pairs = 0;
  REQUIRE(transport.read_config(8, std::as_writable_bytes(std::span(&pairs, 1))));
  CHECK(pairs == 2);
  CHECK(transport.queue_size(3) == 32768);
  CHECK(transport.queue_size(4) == 0);
}

TEST_CASE("A driver gives a device over vhost-user queues, and takes them back with a reset") {
  const bool packed = GENERATE(false, true);
  const bool server = GENERATE(false, true);
  DmaMemory memory = shared_memory();
  Device device(server);
  const Meeting meeting(memory, device, server);
  Transport& transport = *meeting.transport;
  REQUIRE(transport.accept_features(feature::kVersion1 | (packed ? feature::kRingPacked : 0)));
  CHECK((transport.status() & status::kFeaturesOk) != 0);
  const auto places = start_pair(transport, memory, 64);
  CHECK_FALSE(device.ready);
  REQUIRE(transport.add_status(status::kDriverOk));
  CHECK(eventually([&] { return device.ready.load(); }));
  send_by_hand(memory, places[1], packed);
  CHECK(eventually([&] { return device.frames == 1; }));
  // After the reset the device touches nothing any more, and can be given queues anew.
  REQUIRE(transport.reset());
  CHECK(eventually([&] { return !device.ready.load(); }));
  REQUIRE(transport.accept_features(feature::kVersion1));
  start_pair(transport, memory, 32);
  REQUIRE(transport.add_status(status::kDriverOk));
  CHECK(eventually([&] { return device.ready.load(); }));
  transport.cut_off();
  CHECK_FALSE(transport.connected());
  CHECK(eventually([&] { return !device.ready.load(); }));
  device.stop();
  CHECK(device.received == std::vector<Bytes>{Bytes(std::vector<std::uint8_t>(60, 0x5a))});
}

TEST_CASE(
    "A driver resets one queue of a device over vhost-user, gives it another length, and the others go on") {
  const bool packed = GENERATE(false, true);
  DmaMemory memory = shared_memory();
  Device device;
  const Meeting meeting(memory, device, false);
  Transport& transport = *meeting.transport;
  const auto offered = transport.device_features();
  REQUIRE(offered);
  REQUIRE((*offered & feature::kRingReset) != 0);
  REQUIRE(transport.accept_features(feature::kVersion1 | feature::kRingReset |
                                    (packed ? feature::kRingPacked : 0)));
  const auto places = start_pair(transport, memory, 64);
  REQUIRE(transport.add_status(status::kDriverOk));
  send_by_hand(memory, places[1], packed);
  CHECK(eventually([&] { return device.frames == 1; }));

  REQUIRE(transport.reset_queue(1));
  CHECK(device.ready);                      // by the queue that it still has
  send_by_hand(memory, places[1], packed);  // into a ring that is nobody's any more
  const QueuePlace longer = place_in(memory, 1, 256);
  REQUIRE(transport.start_queue(longer));
  send_by_hand(memory, longer, packed);
  CHECK(eventually([&] { return device.frames == 2; }));
  REQUIRE(transport.reset_queue(0));
  REQUIRE(transport.start_queue(place_in(memory, 0, 128)));
  CHECK(eventually([&] { return device.ready.load(); }));
  device.stop();
  CHECK(device.frames == 2);
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
