// The transmit path, back from the device: what runs for every packet that was sent.

#include <algorithm>
#include <cstddef>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"

namespace ixyflow::drivers::virtio {

/// Gives back what the device has sent since the last look.
void TransmitQueue::clean() noexcept {
  if (packed_)
    clean_ring<PackedWords>(next_ - clean_ - early_);
  else if (const std::uint32_t reported = look(); reported != 0)
    clean_ring<SplitWords>(reported);
  seen_.store(clean_ + early_, std::memory_order_relaxed);
}

/// How many slots have come back, as a split ring tells.
std::uint32_t TransmitQueue::look() noexcept {
  const std::uint32_t begin = clean_ + early_;
  const std::uint32_t reported = static_cast<std::uint16_t>(read_once(used_->index) - begin);
  acquire_from_device();
  if (reported <= next_ - begin) return reported;
  return quarantine("reports more frames as sent than it was given"), 0;
}

/// How many slots have come back one by one in their order, up to the end of the ring at most. Four at a
/// time, so that the rest of four is left to others.
template <class Words>
std::uint32_t TransmitQueue::count_in_turn(std::uint32_t most) const noexcept {
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

/// Gives back up to `most` slots in their order; the rest, if they come back in another, one by one.
template <class Words>
void TransmitQueue::clean_ring(std::uint32_t most) noexcept {
  const std::uint32_t begin = clean_;
  bool in_turn = early_ == 0;
  // With IN_ORDER the index of a split ring says it all (2.7.9).
  std::uint32_t count = !Words::kPacked && in_order_ ? most : in_turn ? count_in_turn<Words>(most) : 0;
  while (in_turn && count < most) {
    const std::uint32_t position = begin + count;
    const std::uint64_t said = read_word(word<Words>(position));
    if (Words::kPacked && !PackedWords::is_used(said, wrap(position))) break;
    const std::uint32_t slot = Words::slot(said) >> apart_;
    // With IN_ORDER one word of a packed ring may be for all slots up to its own (2.8.7).
    const std::uint32_t batch = in_order_ ? ((slot - position) & mask_) + 1 : 1;
    in_turn = ((position + batch - 1) & mask_) << apart_ == Words::slot(said) && batch <= most - count;
    if (in_turn) count += batch;
  }
  acquire_from_device();
  give_back(count);
  if (!in_turn) [[unlikely]]
    clean_out_of_turn<Words>(most - count);
}

void TransmitQueue::give_back(std::uint32_t count) noexcept {
  const std::uint32_t first = clean_ & mask_;
  const std::uint32_t behind = std::min(count, slots() - first);  // up to the end of the ring
  free_packets({packets_ + first, behind});
  free_packets({packets_, count - behind});
  clean_ += count;
}

}  // namespace ixyflow::drivers::virtio
