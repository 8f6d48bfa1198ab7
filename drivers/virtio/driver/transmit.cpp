// The transmit path, up to the device: what runs for every packet. The way back is in transmit_clean.cpp,
// everything else of a transmit queue in transmit_queue.cpp.

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"

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

}  // namespace ixyflow::drivers::virtio
