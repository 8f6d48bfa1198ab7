// Transmitting, in the order in which it happens (virtio 1.2, 2.7.13 and 2.8.21 "Supplying Buffers to The
// Device", 5.1.6.2 "Packet Transmission"): give back what the device has sent since the last time, put the
// new frames into the ring, make them available to the device, notify it. What a queue does beside that is in
// transmit_queue.cpp.

#include <algorithm>
#include <cstring>
#include <utility>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/transmit_checksums.hpp"
#include "drivers/virtio/driver/transmit_many.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"

namespace ixyflow::drivers::virtio {

std::uint32_t TransmitQueue::transmit(std::span<Packet* const> packets) noexcept {
  if (!state.is_working() || stopped_) [[unlikely]] {
    step_aside();
    return 0;
  }
  // Buffers are given back in groups: with fewer under way the device's word is not even looked at, unless
  // the burst has no room.
  if (under_way() >= kCleanFrom || under_way() + packets.size() > slots()) clean();
  const std::uint32_t before = next_;
  const auto taken = std::min(static_cast<std::uint32_t>(packets.size()), slots() - under_way());
  const std::span<Packet* const> mine = packets.first(taken);
  // The accelerator, which may be skipped by who reads this: everything would work without it, only slower.
  if (!put_many(mine)) [[unlikely]]
    for (Packet* packet : mine) put_one(packet);
  if (next_ == before) return taken;
  if (!packed_) show(next_);
  given_.store(next_, std::memory_order_relaxed);
  kick(next_);
  return taken;
}

/// Puts a packet of any kind into the next slot, behind a header; one that the device may not be given is
/// dropped. Of a packed ring it is the device's at once (2.8.21.1).
void TransmitQueue::put_one(Packet* packet) noexcept {
  if (packet->length() < kShortest || packet->length() > longest_) return drop(packet, bad_length);
  if (packet->headroom() < header_ && !make_headroom(*packet)) return drop(packet, no_headroom);
  const NetHeader header = checksums_ ? complete_checksums(*packet, device_checksums_) : NetHeader{};
  // A header that has its own descriptor says nothing, and so need not be written.
  std::memcpy(packet->data() - header_, &header, header_);
  const std::uint32_t slot = next_ & mask_;
  const std::uint64_t address = packet->device_address() - header_;
  const std::uint32_t length = packet->length() + header_;
  packets_[slot] = packet;
  if (packed_) {
    packed_ring_[slot].address = address;
    release_to_device();
    write_once(packed_ring_[slot].rest, PackedWords::available(slot, length, wrap(next_), 0));
  } else {
    descriptors_[descriptor_of(slot)] = {address, length, 0, 0};
  }
  ++next_;
}

/// Gives back what the device has sent since the last look (2.7.14, 2.8.22).
void TransmitQueue::clean() noexcept {
  if (packed_) {
    clean_ring<PackedWords>(next_);
  } else if (const std::uint32_t used = count_used(); used != 0) {
    // With IN_ORDER the index of a split ring says it all (2.7.9).
    in_order_ ? give_back(used) : clean_ring<SplitWords>(clean_ + early_ + used);
  }
  seen_.store(clean_ + early_, std::memory_order_relaxed);
}

/// The same for words of the device up to that of position `end`; of a packed ring they may be fewer.
template <class Words>
void TransmitQueue::clean_ring(std::uint32_t end) noexcept {
  // The accelerator of this half.
  if (clean_many<Words>(end)) [[likely]]
    return;
  while (clean_ + early_ != end) {
    const std::uint32_t position = clean_ + early_;
    const std::uint64_t said = read_word(word<Words>(position));
    if (Words::kPacked && !PackedWords::is_used(said, wrap(position))) return;
    acquire_from_device();
    if (!clean_one(Words::slot(said))) return;
  }
}

/// Gives back one slot, in whatever order it comes. False: the device was not given it, and is not to be
/// believed.
bool TransmitQueue::clean_one(std::uint32_t id) noexcept {
  const std::uint32_t slot = id >> apart_;
  const std::uint32_t ahead = (slot - clean_) & mask_;
  if (slot > mask_ || id != slot << apart_ || ahead >= under_way() || packets_[slot] == nullptr) {
    quarantine("reports a frame as sent that it was not given");
    return false;
  }
  if (in_order_) {
    // One word of a packed ring may be for all slots up to its own (2.8.8).
    give_back(ahead + 1);
    return true;
  }
  context_.pool->free(std::exchange(packets_[slot], nullptr));
  ++early_;
  for (; early_ > 0 && packets_[clean_ & mask_] == nullptr; ++clean_) --early_;
  return true;
}

}  // namespace ixyflow::drivers::virtio
