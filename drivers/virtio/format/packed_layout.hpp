#pragma once

#include <cstddef>
#include <cstdint>

namespace ixyflow::drivers::virtio {

// The memory of a packed virtqueue (virtio 1.2, 2.8): one ring of descriptors, which driver and device write
// by turns, and two words that say who wants to hear of what. All little-endian.

/// 2.8.13. What is in `rest` is written and read as one word: length in bits 0 to 31, buffer id in 32 to 47,
/// flags above. Written back by the device, the length is what it has written into the buffer.
struct alignas(16) PackedDescriptor {
  std::uint64_t address = 0;
  std::uint64_t rest = 0;
};
static_assert(sizeof(PackedDescriptor) == 16);

/// 2.8.14
struct EventSuppression {
  std::uint16_t position = 0;  ///< descriptor and wrap counter; of use with EVENT_IDX alone
  std::uint16_t flags = 0;
};

namespace packed {
inline constexpr std::uint32_t kMaxSize = 32'768;
inline constexpr unsigned kIdShift = 32;     ///< in PackedDescriptor::rest
inline constexpr unsigned kFlagsShift = 48;  ///< in PackedDescriptor::rest
// Flags of a descriptor (2.8.1, 2.7.5).
inline constexpr std::uint16_t kNext = 1;   ///< the chain goes on at the next descriptor of the ring
inline constexpr std::uint16_t kWrite = 2;  ///< the device writes into it
inline constexpr std::uint16_t kIndirect = 4;
inline constexpr std::uint16_t kAvailable = 1U << 7;
inline constexpr std::uint16_t kUsed = 1U << 15;
// EventSuppression::flags (2.8.10)
inline constexpr std::uint16_t kEventEnable = 0;
inline constexpr std::uint16_t kEventDisable = 1;
inline constexpr std::uint16_t kEventFlagsMask = 3;

constexpr std::size_t descriptor_bytes(std::size_t size) noexcept {
  return 16 * size;
}

/// Both flags of a descriptor that the driver makes available in a turn of the ring whose wrap counter
/// (2.8.1) is `wrap`, and of one that the device has used in that turn.
constexpr std::uint16_t available_flags(bool wrap) noexcept {
  return wrap ? kAvailable : kUsed;
}
constexpr std::uint16_t used_flags(bool wrap) noexcept {
  return wrap ? kAvailable | kUsed : 0;
}
}  // namespace packed

}  // namespace ixyflow::drivers::virtio
