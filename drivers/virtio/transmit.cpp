// The transmit path: what runs for every packet. Everything else of a transmit queue is in
// transmit_queue.cpp.

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/transmit_queue.hpp"

namespace ixyflow::drivers::virtio {

namespace {

/// Buffers are given back in groups: with fewer on their way the device's word is not even looked at.
constexpr std::uint32_t kCleanFrom = 64;

/// A header that says nothing.
void clear_header(std::uint8_t* frame, std::uint32_t bytes) noexcept {
  // Both stores together are its 10 or 12 bytes.
  constexpr std::uint64_t kNothing = 0;
  std::memcpy(frame - bytes, &kNothing, 8);
  std::memcpy(frame - 4, &kNothing, 4);
}

}  // namespace

std::uint32_t TransmitQueue::transmit(std::span<Packet* const> packets) noexcept {
  if (!state.is_working() || stopped_) [[unlikely]]
    return step_aside(), 0;
  if (under_way() >= kCleanFrom || under_way() + packets.size() > slots()) clean();
  const std::uint32_t before = next_;
  const auto taken = std::min(static_cast<std::uint32_t>(packets.size()), slots() - under_way());
  const std::span<Packet* const> mine = packets.first(taken);
  if (plain_ && all_common(mine)) [[likely]]
    write(mine.data(), taken);
  else
    write_carefully(mine);
  if (next_ == before) return taken;
  if (!packed_) {
    release_to_device();
    write_once(available_->index, static_cast<std::uint16_t>(next_));
  }
  given_.store(next_, std::memory_order_relaxed);
  tell(next_);
  return taken;
}

/// Whether all packets may be sent as they are. Asked before anything is written, because what is written to
/// a packed ring may be on its way at once.
bool TransmitQueue::all_common(std::span<Packet* const> packets) noexcept {
  const auto own = reinterpret_cast<std::uintptr_t>(context_.pool);
  std::uintptr_t foreign = 0;
  std::uint32_t longest = 0;  // above the shortest: what is too short is too long as well
  std::uint32_t rooms = 0;
#pragma GCC unroll 4
  for (const Packet* packet : packets) {
    longest = std::max(longest, packet->length() - kShortest);
    rooms |= packet->headroom() - header_;  // below 0: the highest bit
    foreign |= reinterpret_cast<std::uintptr_t>(&packet->pool()) ^ own;
  }
  if (foreign != 0) only_own_ = false;
  return longest <= longest_ - kShortest && rooms >> 31 == 0;
}

/// Gives the device packets that have room for a header. Of a packed ring the first comes last: until then
/// the device does not go on to the others.
void TransmitQueue::write(Packet* const* packets, std::uint32_t count) noexcept {
  if (count == 0) return;
  if (packed_) {
    const std::uint32_t second = next_ + 1;
    const std::uint32_t first_run = std::min(count - 1, slots() - (second & mask_));  // up to the ring's end
    write_run<PackedWords>(packets + 1, second, first_run);
    write_run<PackedWords>(packets + 1 + first_run, second + first_run, count - 1 - first_run);
    write_run<PackedWords>(packets, next_, 1);
  } else {
    const std::uint32_t first_run = std::min(count, slots() - (next_ & mask_));
    write_run<SplitWords>(packets, next_, first_run);
    write_run<SplitWords>(packets + first_run, next_ + first_run, count - first_run);
  }
  next_ += count;
}

template <class Words>
void TransmitQueue::write_run(Packet* const* packets, std::uint32_t position, std::uint32_t count) noexcept {
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
