#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/result.hpp"
#include "drivers/virtio/driver/virtqueue.hpp"

namespace ixyflow::drivers::virtio {

/// Commands of the control queue (virtio 1.2, 5.1.6.5), class in the lower byte.
enum class Command : std::uint16_t {
  promiscuous = 0x0000,    ///< 5.1.6.5.1: one byte, 0 or 1
  all_multicast = 0x0100,  ///< the same
  mac_table = 0x0001,      ///< 5.1.6.5.2: two tables, unicast and multicast
  vlan_add = 0x0002,       ///< 5.1.6.5.3: 16 bits
  pairs = 0x0004,          ///< 5.1.6.5.5: 16 bits
  rss = 0x0104,            ///< 5.1.6.5.7
};

/// The control queue: one command at a time, each answered in a bounded time. Control thread only.
class ControlQueue : public Virtqueue {
 public:
  static constexpr std::uint32_t kDescriptors = 64;
  static constexpr std::size_t kMostBytes = 2048;  ///< of a command's data
  /// Memory that it takes, for the ring of a legacy device too, whose size is the device's.
  [[nodiscard]] static std::size_t memory_bytes(std::uint32_t descriptors) noexcept {
    return Virtqueue::memory_bytes(descriptors) + kPage;
  }

  /// `memory` has `memory_bytes(descriptors)`.
  void set_up(const QueueMemory& memory, const QueueFormat& format, std::uint32_t descriptors) noexcept;
  void start(const Notifier& notifier) noexcept { notifier_ = notifier; }

  /// Has the device do something; `what` says it in an error: "does not switch promiscuous mode". Errors:
  /// refused (by the device), unavailable (it does not answer, or nonsense).
  Result<void> send(Command command, std::span<const std::byte> data, const char* what);

 private:
  struct Part {
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    bool for_device = false;
  };

  void give(std::span<const Part> parts) noexcept;
  void give_packed(std::span<const Part> parts) noexcept;
  [[nodiscard]] bool answered(std::uint32_t first) const noexcept;

  std::byte* buffer_ = nullptr;
  std::uint64_t buffer_address_ = 0;
  std::uint32_t next_ = 0;  ///< commands of a split ring, descriptors of a packed one, without end
};

}  // namespace ixyflow::drivers::virtio
