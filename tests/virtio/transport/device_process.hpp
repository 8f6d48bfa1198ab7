#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "core/packet/dma_memory.hpp"
#include "drivers/virtio/transport/transport.hpp"
#include "tests/drivers/port_rig.hpp"
#include "tests/support/frames.hpp"

namespace ixyflow::test {

inline constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

inline DmaMemory shared_memory() {
  auto memory = DmaMemory::allocate(1 << 20, Pages::small, -1);
  REQUIRE(memory);
  REQUIRE(memory->assign_addresses(DeviceAddresses::linear, kFirstAddress));
  return std::move(*memory);
}

/// The port `vhost`, looked after by a thread of its own, as another process would do it.
class Device {
 public:
  explicit Device(bool connects = false)
      : rig_("vhost",
             {{"socket", path()}, {"queues", std::int64_t{2}}, {"connect", connects}, {"ring_reset", true}}) {
    rig_.must_open();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        rig_.port->supervise([](EventKind, std::string_view) {});
        for (Packet* packet : rig_.receive()) {
          received.emplace_back(std::span(packet->data(), packet->length()));
          rig_.give_back({packet});
          ++frames;
        }
        room = rig_.port->tx_room(0);
        ready = rig_.port->ready();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  ~Device() { stop(); }
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::string path() const { return directory_ / "x.sock"; }

  std::atomic<std::uint32_t> room{0};
  std::atomic<bool> ready{false};
  std::atomic<unsigned> frames{0};
  std::vector<Bytes> received;  ///< to be looked at after `stop`

 private:
  TemporaryFolder directory_;
  PortRig rig_;
  std::jthread thread_;
};

template <class Condition>
bool eventually(Condition condition) {
  for (unsigned i = 0; i < 5000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return condition();
}

inline drivers::virtio::QueuePlace place_in(DmaMemory& memory, std::uint16_t index, std::uint16_t size) {
  const auto area = [&](std::size_t bytes) {
    std::byte* const start = memory.take(bytes).data();
    return drivers::virtio::QueueArea{start, memory.device_address(start)};
  };
  return {index, size, area(std::size_t{16} * size), area(6 + std::size_t{2} * size),
          area(6 + std::size_t{8} * size)};
}

}  // namespace ixyflow::test
