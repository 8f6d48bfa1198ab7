#pragma once

#include <cstddef>
#include <cstdint>

#include "drivers/virtio/device/ring/guest_memory.hpp"

namespace ixyflow::drivers::vhost {

/// Where a ring is at: what is taken next. Both its sides are there, because everything is given back in
/// order before the ring changes hands.
struct RingPosition {
  std::uint16_t index = 0;  ///< split: counts without end; packed: a descriptor
  bool wrap = true;         ///< packed: the wrap counter (virtio 1.2, 2.8.1)
};

/// All that a worker needs to know about a ring. The three areas are mapped, whole and aligned.
struct RingSetup {
  bool packed = false;
  std::uint16_t size = 0;
  std::byte* descriptors = nullptr;
  std::byte* driver = nullptr;  ///< what the guest writes: available ring, or its event suppression
  std::byte* device = nullptr;  ///< what we write: used ring, or our event suppression
  RingPosition position;
  const GuestMemory* memory = nullptr;
  std::uint32_t header_bytes = 0;  ///< before every frame
  bool event_index = false;        ///< EVENT_IDX
  bool mergeable = false;          ///< MRG_RXBUF
  bool checksums = false;          ///< CSUM: frames may come without their checksum
  bool enabled = true;             ///< false: what comes is dropped
  int call = -1;                   ///< eventfd of a guest that may want to be called; -1: it polls
  bool call_at_once = false;       ///< of what was used while nobody could be called
};

}  // namespace ixyflow::drivers::vhost
