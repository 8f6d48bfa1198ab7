#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>

#include "core/packet/packet.hpp"

namespace ixyflow {

/// The parameter `count` of a port whose packets come by themselves: so many are received, on all of its
/// queues together, and then it has no more. Any worker.
class ReceiveLimit {
 public:
  static constexpr const char* kDoc =
      "packets to receive, on all queues together, until it has no more; 0: no limit";

  /// What `receive` puts into the packets that it is given, as long as there are fewer than `most`.
  template <class Receive>
  std::uint32_t receive(std::uint64_t most, std::span<Packet*> packets, const Receive& receive) noexcept {
    const std::uint64_t granted = grant(most, packets.size());
    if (granted == 0) return 0;
    const std::uint32_t count = receive(packets.first(granted));
    granted_.fetch_sub(granted - count, std::memory_order_relaxed);
    received_.fetch_add(count, std::memory_order_relaxed);
    return count;
  }
  [[nodiscard]] bool reached(std::uint64_t most) const noexcept {
    return most != 0 && received_.load(std::memory_order_relaxed) >= most;
  }

 private:
  std::uint64_t grant(std::uint64_t most, std::uint64_t wanted) noexcept {
    std::uint64_t granted = granted_.load(std::memory_order_relaxed);
    std::uint64_t now = 0;
    do now = std::min(wanted, most - granted);
    while (!granted_.compare_exchange_weak(granted, granted + now, std::memory_order_relaxed));
    return now;
  }

  std::atomic<std::uint64_t> granted_{0};  ///< received, or asked for at this moment
  std::atomic<std::uint64_t> received_{0};
};

}  // namespace ixyflow
