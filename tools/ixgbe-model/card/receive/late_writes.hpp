#pragma once

#include <cstdint>
#include <vector>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/queue/descriptor_ring.hpp"

namespace ixyflow::model {

/// Writes to the driver's memory that come when they should not: what faults of the receiver are made of.
class LateWrites {
 public:
  static constexpr Nanoseconds kSoon = 1'000'000;     ///< after the descriptors behind it
  static constexpr Nanoseconds kLate = 100'000'000;   ///< after a queue has stopped
  static constexpr std::uint32_t kPatternBytes = 64;  ///< what is written into a buffer
  static constexpr std::byte kPattern{0x5A};

  /// Descriptor `index` of `ring` becomes `descriptor` at `due`; if `buffer` is not 0 it is overwritten
  /// first.
  void add(Nanoseconds due, const DescriptorRing& ring, std::uint32_t index, const Descriptor& descriptor,
           std::uint64_t buffer = 0);
  /// Does what is due. Memory that is not there is left alone.
  void poll(Nanoseconds now, GuestMemory& memory) noexcept;
  void clear() noexcept { writes_.clear(); }

 private:
  static constexpr std::size_t kMost = 4096;

  struct Write {
    Nanoseconds due;
    DescriptorRing ring;
    std::uint32_t index;
    Descriptor descriptor;
    std::uint64_t buffer;
  };
  static void perform(Write& write, GuestMemory& memory) noexcept;

  std::vector<Write> writes_;  ///< in the order of `due`, as far as delays are the same
};

}  // namespace ixyflow::model
