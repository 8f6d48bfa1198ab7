#pragma once

// The accelerator of receive.cpp, and for it alone: what it takes would be taken one at a time without it,
// with the same result.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"

namespace ixyflow::drivers::virtio {

/// A run of frames of the common sort that follow each other (in order, whole, of a length that can be, with
/// nothing to be done to them), up to the end of the ring at most. They are taken out, and buffers from the
/// end of `fresh` put into their slots. Four at a time: what they have in common is asked once.
///
/// Everything is inlined into one loop, and so the members are registers.
template <class Words, bool kHeaders>
class ReceiveQueue::Run {
 public:
  Run(const ReceiveQueue& queue, Packet** packets, Packet* const* fresh) noexcept
      : packets_(packets),
        fresh_(fresh),
        now_(queue.context_.clock->now()),
        metadata_(queue.metadata_),
        mask_(Words::difference_mask(queue.common_range_)),
        header_(queue.header_),
        mergeable_(queue.mergeable_),
        checksums_(queue.checksums_) {
    const std::uint32_t slot = queue.next_ & queue.mask_;
    const bool wrap = queue.wrap(queue.next_);
    expected_ = Words::used(slot, header_ + kShortestFrame, wrap);
    word_ = queue.word<Words>(queue.next_);
    split_ = queue.descriptors_ + slot;
    packed_ = queue.packed_ring_ + slot;
    // Of the next turn, in which the slot has a new buffer.
    available_ = PackedWords::available(slot, queue.buffer_bytes_, !wrap, packed::kWrite);
    buffer_ = queue.buffers_ + slot;
  }

  /// Takes up to `count`, and returns how many.
  std::uint32_t take(std::uint32_t count) noexcept {
    std::uint32_t left = count;
    for (; left >= kGroup && take_group<kGroup>(); left -= kGroup) {
    }
    for (; left > 0 && take_group<1>(); --left) {
    }
    return count - left;
  }

 private:
  static constexpr std::uint32_t kGroup = 4;
  /// Of a header's first two bytes: what there must not be.
  static constexpr std::uint16_t kUncommon = static_cast<std::uint16_t>(~NetHeader::kDataValid);

  template <std::uint32_t kCount>
  [[gnu::always_inline]] bool take_group() noexcept {
    std::array<std::uint64_t, kCount> words;
    std::uint64_t difference = 0;
#pragma GCC unroll 4
    for (std::uint32_t i = 0; i < kCount; ++i) {
      words[i] = read_word(word_ + i * Words::kStride);
      // Both the length above the shortest and the length above 1 are less than the power of two: so it is
      // neither too short nor too long.
      const std::uint64_t above = words[i] - (expected_ + i * Words::kNextSlot);
      difference |= above | (above + (kShortestFrame - 1) * Words::kByte);
    }
    if ((difference & mask_) != 0) return false;
    acquire_from_device();
    std::array<std::uint16_t, kCount> said{};
    if constexpr (kHeaders)
      if (!read_headers(said)) return false;
#pragma GCC unroll 4
    for (std::uint32_t i = 0; i < kCount; ++i) take_one(words[i], said[i], i);
    advance(kCount);
    return true;
  }

  /// What headers say in their first two bytes; false: something that is not common.
  template <std::size_t kCount>
  [[gnu::always_inline]] bool read_headers(std::array<std::uint16_t, kCount>& said) const noexcept {
    bool common = true;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) {
      const std::uint8_t* place = metadata_.data(*buffer_[i]) - header_;
      said[i] = read_once(*reinterpret_cast<const std::uint16_t*>(place));
      common &= (said[i] & kUncommon) == 0 &&
                (!mergeable_ || read_once(reinterpret_cast<const NetHeader*>(place)->buffers) == 1);
    }
    return common;
  }

  [[gnu::always_inline]] void take_one(std::uint64_t word, std::uint16_t said, std::uint32_t i) noexcept {
    Packet* const packet = buffer_[i];
    Packet* const replacement = *(fresh_ - 1 - i);
    metadata_.write(*packet, now_, Words::length(word) - header_);
    if constexpr (kHeaders)
      if (checksums_ && said != 0) packet->set(PacketFlag::l4_checksum_good);
    const std::uint64_t address = replacement->buffer_address() + metadata_.data_offset() - header_;
    if constexpr (Words::kPacked) {
      packed_[i].address = address;
      release_to_device();
      write_once(packed_[i].rest, available_ + i * Words::kNextSlot);
    } else {
      split_[i].address = address;
    }
    buffer_[i] = replacement;
    packets_[i] = packet;
  }

  [[gnu::always_inline]] void advance(std::uint32_t by) noexcept {
    word_ += by * Words::kStride;
    expected_ += by * Words::kNextSlot;
    available_ += by * PackedWords::kNextSlot;
    split_ += by;
    packed_ += by;
    buffer_ += by;
    packets_ += by;
    fresh_ -= by;
  }

  // Where the next frame is, or goes to.
  const Word* word_;
  SplitDescriptor* split_;
  PackedDescriptor* packed_;
  Packet** buffer_;
  Packet** packets_;
  Packet* const* fresh_;
  std::uint64_t expected_;   ///< what the device says of it, were it of the shortest length
  std::uint64_t available_;  ///< what it is told of the slot, on a packed ring
  // What is the same for all.
  const Nanoseconds now_;
  const FreshMetadata metadata_;
  const std::uint64_t mask_;  ///< of what words may not differ in
  const std::uint32_t header_;
  const bool mergeable_;
  const bool checksums_;
};

/// Takes the frames of the common sort that come next, up to `wanted`. None where slots are to be looked at
/// one by one: while some have come back before their turn, or a frame is not whole yet.
template <class Words, bool kHeaders>
[[gnu::always_inline]] inline ReceiveQueue::Many ReceiveQueue::take_many(Packet** packets,
                                                                         std::uint32_t wanted) noexcept {
  Many done;
  if (one_at_a_time_ || early_ != 0 || pieces_left_ != 0) return done;
  while (done.frames < wanted) {
    const std::uint32_t run = std::min(wanted - done.frames, slots() - (next_ & mask_));
    const std::span<Packet* const> fresh = context_.pool->take(run);
    const auto most = static_cast<std::uint32_t>(fresh.size());
    const std::uint32_t taken =
        Run<Words, kHeaders>(*this, packets + done.frames, fresh.data() + most).take(most);
    next_ += taken;
    done.frames += taken;
    if (taken == run) continue;
    context_.pool->leave(most - taken);
    done.pool_is_empty = taken == most;
    break;
  }
  return done;
}

}  // namespace ixyflow::drivers::virtio
