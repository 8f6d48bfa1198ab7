#pragma once

#include <atomic>
#include <cstdint>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/format/packed_layout.hpp"
#include "drivers/virtio/format/split_layout.hpp"

namespace ixyflow::drivers::virtio {

/// How the device learns of what a driver makes available to it: by an index that it reads, and by a
/// notification if it sleeps. It suppresses notifications while it looks by itself (virtio 1.2, 2.7.10,
/// 2.8.10). One for each queue, of its worker alone.
///
/// There is no full barrier between the index that the device reads and the flag that is read here, as
/// 2.7.13.4.1 asks for: with every burst it would cost as much as a packet. So a device that falls asleep
/// between the two is missed by `kick`, and told by `kick_again`, which the worker leads to with all its
/// further calls. tests/model checks this with another `Cpu`.
template <class Cpu = HostCpu>
class NotificationOf {
 public:
  /// 2.7.13.3: what was written into a split ring before this is the device's with the index.
  static void show(AvailableRing& available, std::uint16_t index) noexcept {
    Cpu::release_to_device();
    typename Cpu::template Ref<std::uint16_t>(available.index).store(index, std::memory_order_relaxed);
  }
  /// Calls `bell`, which rings the device's doorbell, when everything that was written to the ring is there,
  /// the index or the last descriptor too: a device that wakes up, and finds nothing, sleeps on.
  template <class Bell>
  static void ring(Bell bell) noexcept {
    Cpu::release_to_device();
    bell();
  }

  // Whether the device wants to be told of what is new. Nonsense counts as yes.
  [[nodiscard]] static bool is_wanted(UsedRing& device) noexcept {
    return (read(device.flags) & split::kNoNotify) == 0;
  }
  [[nodiscard]] static bool is_wanted(EventSuppression& device) noexcept {
    return (read(device.flags) & packed::kEventFlagsMask) != packed::kEventDisable;
  }

  /// Nothing is available that the device does not know of.
  void reset() noexcept { told_ = true; }
  /// `bell` unless the device, asked by `wanted`, suppresses that.
  template <class Wanted, class Bell>
  void kick(Wanted wanted, Bell bell) noexcept {
    told_ = wanted();
    if (told_) ring(bell);
  }
  /// Asks again what the last `kick` asked, unless that or one after it has told the device.
  template <class Wanted, class Bell>
  void kick_again(Wanted wanted, Bell bell) noexcept {
    if (!told_) kick(wanted, bell);
  }

 private:
  static std::uint16_t read(std::uint16_t& word) noexcept {
    return typename Cpu::template Ref<std::uint16_t>(word).load(std::memory_order_relaxed);
  }

  bool told_ = true;  ///< the device knows of all that is available
};

using Notification = NotificationOf<>;

}  // namespace ixyflow::drivers::virtio
