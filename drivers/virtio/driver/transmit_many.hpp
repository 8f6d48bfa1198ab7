#pragma once

// The accelerator of transmit.cpp, and for it alone: what it does would be done one at a time without it,
// with the same result.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"

namespace ixyflow::drivers::virtio {

/// A header that says nothing, in front of the frame.
inline void clear_header(std::uint8_t* frame, std::uint32_t bytes) noexcept {
  // Both stores together are its 10 or 12 bytes.
  constexpr std::uint64_t kNothing = 0;
  std::memcpy(frame - bytes, &kNothing, 8);
  std::memcpy(frame - 4, &kNothing, 4);
}

/// Whether all packets may be sent as they are. Asked before anything is written, because what is written to
/// a packed ring may be on its way at once.
inline bool TransmitQueue::all_plain(std::span<Packet* const> packets) noexcept {
  std::uint32_t longest = 0;  // above the shortest: what is too short is too long as well
  std::uint32_t rooms = 0;
#pragma GCC unroll 4
  for (const Packet* packet : packets) {
    longest = std::max(longest, packet->length() - kShortest);
    rooms |= packet->headroom() - header_;  // below 0: the highest bit
  }
  return longest <= longest_ - kShortest && rooms >> 31 == 0;
}

/// Puts packets into the slots from `position` on, which are no further than the end of the ring.
template <class Words>
inline void TransmitQueue::put_run(Packet* const* packets, std::uint32_t position,
                                   std::uint32_t count) noexcept {
  const std::uint32_t slot = position & mask_;
  const std::uint32_t header = header_;
  SplitDescriptor* const split_ring = descriptors_ + descriptor_of(slot);
  PackedDescriptor* const packed_ring = packed_ring_ + slot;
  const std::uint64_t available = PackedWords::available(slot, header, wrap(position), 0);
  Packet** const places = packets_ + slot;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) {
    Packet* const packet = packets[i];
    clear_header(packet->data(), header);
    const std::uint64_t address = packet->device_address() - header;
    if constexpr (Words::kPacked) {
      packed_ring[i].address = address;
      release_to_device();
      write_once(packed_ring[i].rest, available + i * Words::kNextSlot + packet->length());
    } else {
      split_ring[i] = {address, packet->length() + header, 0, 0};
    }
    places[i] = packet;
  }
}

/// Puts all packets into the ring if they are plain: nothing to be said in their headers, and nothing to be
/// dropped. Of a packed ring the first comes last: until then the device does not go on to the others.
inline bool TransmitQueue::put_many(std::span<Packet* const> packets) noexcept {
  if (!plain_ || !all_plain(packets)) return false;
  const auto count = static_cast<std::uint32_t>(packets.size());
  if (count == 0) return true;
  Packet* const* const first = packets.data();
  if (packed_) {
    const std::uint32_t second = next_ + 1;
    const std::uint32_t to_end = std::min(count - 1, slots() - (second & mask_));
    put_run<PackedWords>(first + 1, second, to_end);
    put_run<PackedWords>(first + 1 + to_end, second + to_end, count - 1 - to_end);
    put_run<PackedWords>(first, next_, 1);
  } else {
    const std::uint32_t to_end = std::min(count, slots() - (next_ & mask_));
    put_run<SplitWords>(first, next_, to_end);
    put_run<SplitWords>(first + to_end, next_ + to_end, count - to_end);
  }
  next_ += count;
  return true;
}

/// How many slots have come back one by one in their order, up to the end of the ring at most. Four at a
/// time, so that the rest of four is left to others.
template <class Words>
inline std::uint32_t TransmitQueue::count_in_turn(std::uint32_t most) const noexcept {
  const std::uint32_t slot = clean_ & mask_;
  const std::uint32_t end = std::min(most, slots() - slot);
  const Word* words = word<Words>(clean_);
  std::uint64_t expected = Words::used(slot << apart_, 0, wrap(clean_));
  const std::uint64_t step = Words::kNextSlot << apart_;
  std::uint32_t count = 0;
  for (; count + 4 <= end; count += 4) {
    std::uint64_t different = 0;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i, expected += step)
      different |= read_word(words + i * Words::kStride) ^ expected;
    if ((different & Words::kPlaceMask) != 0) break;
    words += 4 * Words::kStride;
  }
  return count;
}

/// Gives back slots up to position `end` as long as they come back in their order. False: the next one does
/// not, and is to be looked at alone.
template <class Words>
inline bool TransmitQueue::clean_many(std::uint32_t end) noexcept {
  if (early_ != 0 || one_at_a_time_) [[unlikely]]
    return false;
  const std::uint32_t begin = clean_;
  const std::uint32_t most = end - begin;
  std::uint32_t count = count_in_turn<Words>(most);
  bool in_turn = true;
  while (in_turn && count < most) {
    const std::uint32_t position = begin + count;
    const std::uint64_t said = read_word(word<Words>(position));
    if (Words::kPacked && !PackedWords::is_used(said, wrap(position))) break;
    const std::uint32_t slot = Words::slot(said) >> apart_;
    // With IN_ORDER one word of a packed ring may be for all slots up to its own (2.8.8).
    const std::uint32_t batch = in_order_ ? ((slot - position) & mask_) + 1 : 1;
    in_turn = ((position + batch - 1) & mask_) << apart_ == Words::slot(said) && batch <= most - count;
    if (in_turn) count += batch;
  }
  acquire_from_device();
  give_back(count);
  return in_turn;
}

}  // namespace ixyflow::drivers::virtio
