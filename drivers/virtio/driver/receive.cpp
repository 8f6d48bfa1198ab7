// Receiving, in the order in which it happens (virtio 1.2, 2.7.14 and 2.8.22 "Receiving Used Buffers From The
// Device", 5.1.6.4 "Processing of Incoming Packets"). All that the device may write into are buffers that it
// was given before; what it has filled is "used". So: look what is used, take the frame out, give the device
// a new buffer for the same slot, notify it. How buffers come here in the first place is in
// receive_queue.cpp.

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/receive_many.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"

namespace ixyflow::drivers::virtio {

/// `Words` says which kind of ring it is (used_words.hpp), `kHeaders` whether anything in headers matters.
template <class Words, bool kHeaders>
std::uint32_t ReceiveQueue::receive_frames(std::span<Packet*> packets) noexcept {
  const std::uint32_t ready = count_used<Words>();
  if (ready == 0) {
    kick_again(next_ + slots());
    return 0;
  }
  // No slot is looked at twice, so that what is given to the device now does not come back now.
  const auto wanted =
      static_cast<std::uint32_t>(std::min<std::size_t>({packets.size(), kMaxBatch, ready, slots() - early_}));
  begun_ = next_;
  std::uint32_t count = 0;
  for (std::uint32_t looked = 0; looked < wanted && !stopped_; ++looked) {
    // The accelerator, which may be skipped by who reads this: everything would work without it, only slower.
    const Many many = take_many<Words, kHeaders>(packets.data() + count, wanted - looked);
    looked += many.frames;
    count += many.frames;
    Used used;
    if (looked == wanted || many.pool_is_empty || !read_used<Words>(used) || !is_believable(used)) break;
    // What is taken out is replaced: without a buffer for its slot the frame stays where it is.
    const std::span<Packet* const> fresh = context_.pool->take(1);
    if (fresh.empty()) break;
    if (Packet* const packet = take_one(used, fresh.front())) packets[count++] = packet;
  }
  if (next_ == begun_) return count;
  if constexpr (!Words::kPacked) show(next_ + slots());
  kick(next_ + slots());
  return count;
}

/// Takes the buffer out of its slot; a packet if a frame is complete now, as it is unless it comes in several
/// buffers (receive_frame.cpp).
Packet* ReceiveQueue::take_one(const Used& used, Packet* fresh) noexcept {
  const std::uint32_t slot = used.id >> apart_;
  Packet* const buffer = std::exchange(buffers_[slot], fresh);
  come_back_[slot] = true;
  ++early_;
  // Slots are given out in their order: one that came back early waits for those before it.
  for (; early_ > 0 && come_back_[next_ & mask_]; ++next_, --early_) {
    come_back_[next_ & mask_] = false;
    post(next_ & mask_, !wrap(next_));
  }
  return pieces_left_ == 0 ? begin_frame(buffer, used.length - format().header_bytes)
                           : append(buffer, used.length);
}

/// Gives the device the buffer of a slot to write into, in the turn of the ring that has this wrap counter
/// (2.7.13.1, 2.8.21.1). On a split ring the device learns of it by the index.
void ReceiveQueue::post(std::uint32_t slot, bool wrap) noexcept {
  const std::uint64_t address = metadata_.device_address(*buffers_[slot]) - header_;
  if (!packed_) {
    descriptors_[descriptor_of(slot)].address = address;
    return;
  }
  packed_ring_[slot].address = address;
  release_to_device();
  write_once(packed_ring_[slot].rest, PackedWords::available(slot, buffer_bytes_, wrap, packed::kWrite));
}

/// How many buffers are used; of a packed ring, which does not tell, all if there is one.
template <class Words>
std::uint32_t ReceiveQueue::count_used() noexcept {
  const std::uint32_t position = next_ + early_;
  if constexpr (Words::kPacked) {
    return PackedWords::is_used(read_once(packed_ring_[position & mask_].rest), wrap(position)) ? slots() : 0;
  } else {
    const std::uint32_t ready = static_cast<std::uint16_t>(read_once(used_->index) - position);
    if (ready == 0) return 0;
    acquire_from_device();
    if (ready <= slots() - early_) return ready;
    quarantine("reports more received buffers than it was given");
    return 0;
  }
}

/// The next word of the device; false: there is none.
template <class Words>
bool ReceiveQueue::read_used(Used& used) const noexcept {
  const std::uint32_t position = next_ + early_;
  const std::uint64_t said = read_word(word<Words>(position));
  if constexpr (Words::kPacked)
    if (!PackedWords::is_used(said, wrap(position))) return false;
  acquire_from_device();
  used = {Words::slot(said), Words::length(said)};
  return true;
}

ReceiveQueue::ReceiveFrames ReceiveQueue::way(bool packed, bool headers) noexcept {
  if (packed)
    return headers ? &ReceiveQueue::receive_frames<PackedWords, true>
                   : &ReceiveQueue::receive_frames<PackedWords, false>;
  return headers ? &ReceiveQueue::receive_frames<SplitWords, true>
                 : &ReceiveQueue::receive_frames<SplitWords, false>;
}

}  // namespace ixyflow::drivers::virtio
