#pragma once

#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/virtio/driver/recovery.hpp"
#include "tests/virtio/driver/fake_device.hpp"

namespace ixyflow::test {

using drivers::QueueState;
using drivers::virtio::Device;
using drivers::virtio::NetHeader;
using drivers::virtio::ReceiveQueue;
using drivers::virtio::Settings;
using drivers::virtio::TransmitQueue;

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A device of the driver on a fake transport, in the hands of a test that is control thread and worker at
/// once. At the end every buffer must be home.
class DeviceRig {
 public:
  explicit DeviceRig(const Settings& wanted = small()) : settings(wanted), memory(allocate()) {
    auto created = Mempool::create(memory, kBuffers, BufferLayout{}, 0);
    REQUIRE(created);
    pool = std::move(*created);
    receive.resize(settings.receive_queues);
    transmit.resize(settings.transmit_queues);
  }
  ~DeviceRig() {
    if (device) static_cast<void>(device->take_down());
    for (auto& queue : receive) queue.empty();
    for (auto& queue : transmit) queue.empty();
    CHECK(pool->available() == pool->size());
  }
  static Settings small() {
    Settings settings;
    settings.receive_descriptors = settings.transmit_descriptors = 64;
    return settings;
  }

  /// Up to the filled queues, as a port does.
  Result<void> open() {
    auto opened = Device::open(std::make_unique<FakeTransport>(fake), settings, receive, transmit);
    if (!opened) return std::unexpected(opened.error());
    device = std::move(*opened);
    const DmaMemory* all = &memory;
    if (auto used = device->use_memory(std::span(&all, 1), memory); !used) return used;
    for (auto& queue : receive) {
      queue.attach({pool.get(), &clock, 7});
      if (device->agreed()) REQUIRE(queue.fill());
    }
    for (auto& queue : transmit) {
      queue.attach({pool.get(), &clock, 7});
      if (device->agreed()) queue.fill();
    }
    return {};
  }
  Result<void> start() {
    if (auto opened = open(); !opened) return opened;
    recovery = std::make_unique<drivers::virtio::Recovery>(*device, counters);
    if (!device->agreed()) return recovery->begin_without(now), Result<void>();
    if (auto up = device->bring_up(); !up) return up;
    recovery->begin(now);
    return {};
  }
  void must_start() {
    const auto started = start();
    INFO((started ? "" : started.error().text));
    REQUIRE(started);
  }
  /// Why it does not start.
  std::string refusal() {
    const auto started = start();
    return started ? "" : started.error().text;
  }
  /// Time passes, the control thread looks after the device, and the workers call their queues.
  void pass(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end; now += std::chrono::milliseconds(2)) {
      recovery->look(now, [this](EventKind, std::string_view event) { events.emplace_back(event); });
      poll();
    }
  }
  void poll() {
    for (auto& queue : receive) {
      std::vector<Packet*> packets(32);
      packets.resize(queue.receive(packets));
      received += packets.size();
      pool->free(packets);
    }
    for (auto& queue : transmit) static_cast<void>(queue.room());
  }
  /// The device delivers a frame by a queue.
  void deliver(std::uint16_t queue = 0, std::uint32_t length = 60) {
    RingModel& ring = *fake.queues.at(queue);
    const auto chain = ring.take();
    REQUIRE(chain);
    const std::uint32_t header = device->agreement().format.header_bytes;
    std::memset(fake.at(chain->segments[0].address), 0, header);
    ring.use(*chain, header + length);
  }
  std::uint32_t send(std::uint32_t count, std::uint16_t queue = 0) {
    std::vector<Packet*> packets(count);
    REQUIRE(pool->allocate(packets) == count);
    for (Packet* packet : packets) packet->set_length(60);
    const std::uint32_t taken = transmit[queue].transmit(packets);
    pool->free(std::span<Packet* const>(packets).subspan(taken));
    return taken;
  }
  /// Frames go both ways.
  void check_works() {
    const std::uint64_t before = received;
    deliver();
    poll();
    CHECK(received == before + 1);
    CHECK(send(3) == 3);
    RingModel& ring = *fake.queues.at(1);
    for (int i = 0; i < 3; ++i) {
      const auto chain = ring.take();
      REQUIRE(chain);
      ring.use(*chain, 0);
    }
    CHECK(transmit[0].room() == transmit[0].slots());
  }
  [[nodiscard]] bool told(const std::string& text) const {
    for (const std::string& event : events)
      if (event.find(text) != std::string::npos) return true;
    return false;
  }

  FakeDevice fake;
  Settings settings;
  DmaMemory memory;
  std::unique_ptr<Mempool> pool;
  Clock clock{Clock::Kind::simulated};
  std::deque<ReceiveQueue> receive;
  std::deque<TransmitQueue> transmit;
  std::unique_ptr<Device> device;
  drivers::virtio::DeviceCounters counters;
  std::unique_ptr<drivers::virtio::Recovery> recovery;
  drivers::virtio::Recovery::Time now{};  ///< of a machine that has just been started
  std::vector<std::string> events;
  std::uint64_t received = 0;

 private:
  static constexpr std::uint32_t kBuffers = 512;

  static DmaMemory allocate() {
    auto memory = DmaMemory::allocate(BufferLayout{}.bytes(kBuffers) + (2U << 20), Pages::small, -1);
    REQUIRE(memory);
    REQUIRE(memory->assign_addresses(DeviceAddresses::linear, std::uint64_t{1} << 32));
    return std::move(*memory);
  }
};

}  // namespace ixyflow::test
