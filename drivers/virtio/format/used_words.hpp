#pragma once

#include <cstddef>
#include <cstdint>

#include "drivers/virtio/format/packed_layout.hpp"
#include "drivers/virtio/format/split_layout.hpp"

// What the device says of a slot is one word in either format, so that the same code takes both: the used
// element of a split ring, the second half of a packed descriptor.
namespace ixyflow::drivers::virtio {

/// A used element lies at 4 bytes from a cache line at worst.
using Word __attribute__((aligned(4), may_alias)) = std::uint64_t;

/// `read_once` for it: a template would lose its alignment.
[[nodiscard]] inline std::uint64_t read_word(const Word* word) noexcept {
  return *static_cast<const volatile Word*>(word);
}

struct SplitWords {
  static constexpr bool kPacked = false;
  static constexpr std::size_t kStride = 1;      ///< words from the word of a slot to the next
  static constexpr std::uint64_t kNextSlot = 1;  ///< what one slot more adds to a word
  static constexpr std::uint64_t kByte = std::uint64_t{1} << 32;  ///< what one byte more adds to it

  static constexpr std::uint64_t kPlaceMask = 0xffffffff;  ///< which slot it is about

  /// What is there when the device has written `length` bytes into the buffer of `slot`.
  static constexpr std::uint64_t used(std::uint32_t slot, std::uint32_t length, bool /*wrap*/) noexcept {
    return slot | std::uint64_t{length} << 32;
  }
  /// The bits of the difference between a word and the expected one in which the word of the same slot with a
  /// length of less than `range` more, a power of two, does not differ.
  static constexpr std::uint64_t difference_mask(std::uint32_t range) noexcept {
    return kPlaceMask | std::uint64_t{~(range - 1)} << 32;
  }
  static constexpr std::uint32_t slot(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word);
  }
  static constexpr std::uint32_t length(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word >> 32);
  }
};

struct PackedWords {
  static constexpr bool kPacked = true;
  static constexpr std::size_t kStride = 2;
  static constexpr std::uint64_t kNextSlot = std::uint64_t{1} << packed::kIdShift;
  static constexpr std::uint64_t kByte = 1;
  static constexpr std::uint64_t kUsedMask = std::uint64_t{packed::kAvailable | packed::kUsed}
                                             << packed::kFlagsShift;

  static constexpr std::uint64_t kPlaceMask = std::uint64_t{0xffff} << packed::kIdShift | kUsedMask;

  static constexpr std::uint64_t used(std::uint32_t slot, std::uint32_t length, bool wrap) noexcept {
    return length | std::uint64_t{slot} << packed::kIdShift |
           std::uint64_t{packed::used_flags(wrap)} << packed::kFlagsShift;
  }
  /// What the driver writes to make it available.
  static constexpr std::uint64_t available(std::uint32_t slot, std::uint32_t length, bool wrap,
                                           std::uint16_t flags) noexcept {
    return length | std::uint64_t{slot} << packed::kIdShift |
           std::uint64_t{static_cast<std::uint16_t>(packed::available_flags(wrap) | flags)}
               << packed::kFlagsShift;
  }
  static constexpr std::uint64_t difference_mask(std::uint32_t range) noexcept {
    return ~(range - 1) | kPlaceMask;
  }
  static constexpr std::uint32_t slot(std::uint64_t word) noexcept {
    return word >> packed::kIdShift & 0xffff;
  }
  static constexpr std::uint32_t length(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word);
  }
  /// Whether the device has used the descriptor in the turn with this wrap counter.
  static constexpr bool is_used(std::uint64_t word, bool wrap) noexcept {
    return ((word ^ used(0, 0, wrap)) & kUsedMask) == 0;
  }
};

}  // namespace ixyflow::drivers::virtio
