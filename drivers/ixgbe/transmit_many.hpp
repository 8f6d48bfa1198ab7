#pragma once

// Most of what is sent, a burst at once: for transmit.cpp alone, which works without it.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::drivers::ixgbe {

/// Writes descriptors from `index` on, and returns the lengths of the packets above the shortest, all their
/// bits together: a sum of what must be checked that costs next to nothing.
inline std::uint32_t TransmitQueue::put_run(Packet* const* packets, std::uint32_t index,
                                            std::uint32_t count) noexcept {
  TransmitDescriptor* const descriptors = descriptors_ + index;
  Packet** const places = packets_ + index;
  std::uint32_t ranges = 0;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) {
    Packet* const packet = packets[i];
    const std::uint64_t length = packet->length();
    ranges |= static_cast<std::uint32_t>(length) - kShortest;
    descriptors[i] = {packet->device_address(), (length | length << tx::kPayloadShift) + tx::kWholePacket};
    places[i] = packet;
  }
  return ranges;
}

/// Puts as many packets as there is room for, if there is nothing to say of any but where it is and how long;
/// else none. Nothing is the card's before the tail says so: lengths are looked at together after they were
/// written, and what was wrong is done over. Inlined, because a call costs each burst as much as a packet
/// does.
[[gnu::always_inline]] inline std::uint32_t TransmitQueue::put_many(
    std::span<Packet* const> packets) noexcept {
  if (offloads_.any()) return 0;
  const auto most = std::min<std::uint32_t>(static_cast<std::uint32_t>(packets.size()), free_descriptors());
  const std::uint32_t first = std::min(most, mask_ + 1 - (next_ & mask_));  // up to the end of the ring
  std::uint32_t ranges = put_run(packets.data(), next_ & mask_, first);
  if (first < most) [[unlikely]]
    ranges |= put_run(packets.data() + first, 0, most - first);
  if (ranges >= kCommonRange) [[unlikely]]
    return 0;
  next_ += most;
  return most;
}

}  // namespace ixyflow::drivers::ixgbe
