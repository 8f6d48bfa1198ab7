// The receive path: what runs for every packet. Everything else of a receive queue is in receive_queue.cpp.

#include <algorithm>
#include <cstddef>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"
#include "drivers/virtio/driver/receive_many.hpp"

namespace ixyflow::drivers::virtio {

template <class Words, bool kHeaders>
std::uint32_t ReceiveQueue::take_frames(std::span<Packet*> packets) noexcept {
  const std::uint32_t ready = look<Words>();
  if (ready == 0) return tell_again(next_ + slots()), 0;
  // No slot is looked at twice, so that what is given to the device now does not come back now.
  const auto wanted =
      static_cast<std::uint32_t>(std::min<std::size_t>({packets.size(), kMaxBatch, ready, slots() - early_}));
  begun_ = next_;
  std::uint32_t count = 0;
  for (std::uint32_t looked = 0; looked < wanted;) {
    // What is received is replaced: without a buffer for its slot it stays where it is.
    const bool common_way = apart_ == 0 && early_ == 0 && pieces_left_ == 0;
    const std::uint32_t run = common_way ? std::min(wanted - looked, slots() - (next_ & mask_)) : 1;
    const std::span<Packet* const> fresh = context_.pool->take(run);
    if (fresh.empty()) break;
    const auto most = static_cast<std::uint32_t>(fresh.size());
    const std::uint32_t common =
        common_way ? Run<Words, kHeaders>(*this, packets.data() + count, fresh.data() + most).take(most) : 0;
    next_ += common;
    looked += common;
    count += common;
    if (common == run) continue;
    context_.pool->leave(most - common);
    // One that is not of the common sort, none at all, or no buffers left.
    Used used;
    if (common == most || !read_used<Words>(used)) break;
    ++looked;
    if (Packet* packet = take_carefully(used)) packets[count++] = packet;
    if (stopped_) break;
  }
  if (next_ == begun_) return count;
  if constexpr (!Words::kPacked) {
    release_to_device();
    write_once(available_->index, static_cast<std::uint16_t>(next_ + slots()));
  }
  tell(next_ + slots());
  return count;
}

/// How many slots have come back; of a packed ring, which does not tell, all if there is one.
template <class Words>
std::uint32_t ReceiveQueue::look() noexcept {
  const std::uint32_t position = next_ + early_;
  if constexpr (Words::kPacked) {
    return PackedWords::is_used(read_once(packed_ring_[position & mask_].rest), wrap(position)) ? slots() : 0;
  } else {
    const std::uint32_t ready = static_cast<std::uint16_t>(read_once(used_->index) - position);
    if (ready == 0) return 0;
    acquire_from_device();
    return ready <= slots() - early_ ? ready : quarantine("reports more received buffers than it was given");
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

ReceiveQueue::TakeFrames ReceiveQueue::way(bool packed, bool headers) noexcept {
  if (packed)
    return headers ? &ReceiveQueue::take_frames<PackedWords, true>
                   : &ReceiveQueue::take_frames<PackedWords, false>;
  return headers ? &ReceiveQueue::take_frames<SplitWords, true>
                 : &ReceiveQueue::take_frames<SplitWords, false>;
}

}  // namespace ixyflow::drivers::virtio
