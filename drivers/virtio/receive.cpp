// The receive path: what runs for every packet. Everything else of a receive queue is in receive_queue.cpp.

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/receive_queue.hpp"

namespace ixyflow::drivers::virtio {

namespace {

constexpr std::uint32_t kGroup = 4;
/// Of a header's first two bytes: what there must not be for a frame to be of the common sort.
constexpr std::uint16_t kUncommon = static_cast<std::uint16_t>(~NetHeader::kDataValid);

}  // namespace

/// Takes out up to `count` frames of the common sort that follow each other (in order, whole, of a length
/// that can be, with nothing to be done to them), up to the end of the ring at most, and puts buffers from
/// the end of `fresh` into their slots. Four at a time: what they have in common is asked once.
template <class Words, bool kHeaders>
std::uint32_t ReceiveQueue::take_common(Packet** packets, Packet* const* fresh,
                                        std::uint32_t count) noexcept {
  const Nanoseconds now = context_.clock->now();
  const FreshMetadata metadata = metadata_;  // copies of its own stay in registers
  const std::uint32_t header = header_;
  const std::uint32_t first_slot = next_ & mask_;
  const std::uint64_t mask = Words::difference_mask(common_range_);
  const std::uint64_t to_written = metadata.data_offset() - header;
  std::uint64_t expected = Words::used(first_slot, header + kShortestFrame, wrap(next_));
  const Word* word = this->word<Words>(next_);
  SplitDescriptor* split_descriptor = descriptors_ + first_slot;
  PackedDescriptor* packed_descriptor = packed_ring_ + first_slot;
  // Of the next turn, in which the slot has a new buffer.
  std::uint64_t available = PackedWords::available(first_slot, buffer_bytes_, !wrap(next_), packed::kWrite);
  Packet** buffer = buffers_ + first_slot;
  std::array<std::uint16_t, kGroup> said{};  // what headers say

  const auto is_common = [&](std::uint64_t difference, std::uint32_t group) {
    if ((difference & mask) != 0) return false;
    acquire_from_device();
    if constexpr (kHeaders) {
      bool common = true;
      for (std::uint32_t i = 0; i < group; ++i) {
        const std::uint8_t* place = metadata.data(*buffer[i]) - header;
        said[i] = read_once(*reinterpret_cast<const std::uint16_t*>(place));
        common &= (said[i] & kUncommon) == 0 &&
                  (!mergeable_ || read_once(reinterpret_cast<const NetHeader*>(place)->buffers) == 1);
      }
      return common;
    }
    return true;
  };
  const auto take_one = [&](std::uint64_t element, std::uint32_t i) {
    Packet* const packet = buffer[i];
    Packet* const replacement = *(fresh - 1 - i);
    metadata.write(*packet, now, Words::length(element) - header);
    if constexpr (kHeaders)
      if (checksums_ && said[i] != 0) packet->set(PacketFlag::l4_checksum_good);
    const std::uint64_t address = replacement->buffer_address() + to_written;
    if constexpr (Words::kPacked) {
      packed_descriptor[i].address = address;
      release_to_device();
      write_once(packed_descriptor[i].rest, available + i * Words::kNextSlot);
    } else {
      split_descriptor[i].address = address;
    }
    buffer[i] = replacement;
    packets[i] = packet;
  };
  std::uint32_t left = count;
  const auto advance = [&](std::uint32_t by) {
    word += by * Words::kStride;
    expected += by * Words::kNextSlot;
    available += by * PackedWords::kNextSlot;
    split_descriptor += by;
    packed_descriptor += by;
    buffer += by;
    packets += by;
    fresh -= by;
    left -= by;
  };
  const auto take_group = [&]<std::uint32_t kCount>() {
    std::array<std::uint64_t, kCount> elements;
    std::uint64_t difference = 0;
#pragma GCC unroll 4
    for (std::uint32_t i = 0; i < kCount; ++i) {
      elements[i] = read_word(word + i * Words::kStride);
      // Both the length above the shortest and the length above 1 are less than the power of two: so it is
      // neither too short nor too long.
      const std::uint64_t above = elements[i] - (expected + i * Words::kNextSlot);
      difference |= above | (above + (kShortestFrame - 1) * Words::kByte);
    }
    if (!is_common(difference, kCount)) return false;
#pragma GCC unroll 4
    for (std::uint32_t i = 0; i < kCount; ++i) take_one(elements[i], i);
    advance(kCount);
    return true;
  };
  while (left >= kGroup && take_group.template operator()<kGroup>()) {
  }
  while (left > 0 && take_group.template operator()<1>()) {
  }
  return count - left;
}

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
        common_way ? take_common<Words, kHeaders>(packets.data() + count, fresh.data() + most, most) : 0;
    next_ += common;
    looked += common;
    count += common;
    context_.pool->leave(most - common);
    if (common == run) continue;
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
