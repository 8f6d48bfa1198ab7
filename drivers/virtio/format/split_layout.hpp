#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/round_up.hpp"

namespace ixyflow::drivers::virtio {

// The memory of a split virtqueue (virtio 1.2, 2.7): a table of descriptors, the available ring that the
// driver writes, and the used ring that the device writes. All little-endian.

/// 2.7.5
struct alignas(16) SplitDescriptor {
  std::uint64_t address = 0;
  std::uint32_t length = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;
};
static_assert(sizeof(SplitDescriptor) == 16);

/// 2.7.6; `size` entries of 16 bits follow, and one of which only EVENT_IDX makes use.
struct AvailableRing {
  std::uint16_t flags = 0;
  std::uint16_t index = 0;  ///< where the next entry will go; it counts without end
  [[nodiscard]] std::uint16_t* entries() noexcept { return &index + 1; }
};

/// 2.7.8; `size` elements follow, and one half of one of which only EVENT_IDX makes use.
struct UsedRing {
  std::uint16_t flags = 0;
  std::uint16_t index = 0;
};

/// An element of the used ring is read and written as one word: the first descriptor of a chain in the lower
/// half, the bytes that the device has written into the chain in the upper.
using UsedElement = std::uint64_t;

namespace split {
inline constexpr std::uint32_t kMaxSize = 32'768;
// SplitDescriptor::flags
inline constexpr std::uint16_t kNext = 1;      ///< the chain goes on at `next`
inline constexpr std::uint16_t kWrite = 2;     ///< the device writes into it
inline constexpr std::uint16_t kIndirect = 4;  ///< it is a table of descriptors
// AvailableRing::flags
inline constexpr std::uint16_t kNoInterrupt = 1;
// UsedRing::flags
inline constexpr std::uint16_t kNoNotify = 1;

// Bytes of the areas for `size` descriptors (2.7).
constexpr std::size_t descriptor_bytes(std::size_t size) noexcept {
  return 16 * size;
}
constexpr std::size_t available_bytes(std::size_t size) noexcept {
  return 6 + 2 * size;
}
constexpr std::size_t used_bytes(std::size_t size) noexcept {
  return 6 + 8 * size;
}
/// Where the used ring begins when all areas follow each other (2.7.2): after both others, aligned.
constexpr std::size_t used_offset(std::size_t size, std::size_t alignment) noexcept {
  return round_up(descriptor_bytes(size) + available_bytes(size), alignment);
}
}  // namespace split

}  // namespace ixyflow::drivers::virtio
