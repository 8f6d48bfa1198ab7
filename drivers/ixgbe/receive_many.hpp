#pragma once

// Most of what is received, several frames at once: for receive.cpp alone, which works without it.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/receive_offload.hpp"
#include "drivers/ixgbe/receive_queue.hpp"

namespace ixyflow::drivers::ixgbe {

/// A run of frames of the common case that follow each other (whole, in one buffer, nobody complains about
/// them), up to the end of the ring at most. They are taken out, and buffers from the end of `fresh` put into
/// their places. Four at a time: what they have in common is asked once.
///
/// Everything is inlined into one loop, and so the members are registers.
template <bool kOffloads>
class ReceiveQueue::Run {
 public:
  [[gnu::always_inline]] Run(const ReceiveQueue& queue, Packet** packets, Packet* const* fresh) noexcept
      : now_(queue.context_.clock->now()),
        metadata_(queue.metadata_),
        to_data_{metadata_.data_offset(), 0},
        mask_(kCommonMask | queue.uncommon_lengths_ << kLengthShift),
        descriptor_(queue.descriptors_ + queue.next_),
        buffer_(queue.buffers_ + queue.next_),
        packets_(packets),
        fresh_(fresh) {}

  /// Takes up to `count`, and returns how many.
  [[gnu::always_inline]] std::uint32_t take(std::uint32_t count) noexcept {
    std::uint32_t left = count;
    for (; left >= kGroup && take_four(); left -= kGroup) {
    }
    for (; left > 0 && take_single(); --left) {
    }
    return count - left;
  }

 private:
  /// A descriptor, or the written-back halves of two, in one vector register: status in bits 0 to 31 of each
  /// half, length above.
  using Words __attribute__((vector_size(16), may_alias)) = std::uint64_t;
  using Shorts __attribute__((vector_size(16), may_alias)) = std::uint16_t;
  static constexpr unsigned kLengthShift = 32;
  static constexpr std::uint32_t kGroup = 4;
  /// Everything that is not the common case differs here.
  static constexpr std::uint32_t kCommonMask = rx::kDone | rx::kEndOfPacket | rx::kMacErrors;
  static constexpr std::uint32_t kCommon = rx::kDone | rx::kEndOfPacket;

  /// `read_once` of the written-back halves of a descriptor and the next; a template would lose what Words
  /// may alias.
  static Words read_halves(const ReceiveDescriptor* descriptor) noexcept {
    const Words first = *reinterpret_cast<const volatile Words*>(descriptor);
    const Words second = *reinterpret_cast<const volatile Words*>(descriptor + 1);
    return __builtin_shufflevector(first, second, 1, 3);
  }
  /// What differs from the common case where the bits of the mask are; a length of 0 differs in all bits of
  /// its place.
  static Words differences(Words halves) noexcept {
    return (halves - (std::uint64_t{1} << kLengthShift)) ^ kCommon;
  }

  [[gnu::always_inline]] bool take_four() noexcept {
    const Words first = read_halves(descriptor_);
    const Words second = read_halves(descriptor_ + 2);
    const Words different = differences(first) | differences(second);
    if (((different[0] | different[1]) & mask_) != 0) return false;
    acquire_from_device();
    exchange_pair(first, 0);
    exchange_pair(second, 2);
    advance(kGroup);
    return true;
  }
  [[gnu::always_inline]] bool take_single() noexcept {
    const std::uint64_t half = read_once(*(reinterpret_cast<const std::uint64_t*>(descriptor_) + 1));
    if ((differences(Words{half, half})[0] & mask_) != 0) return false;
    acquire_from_device();
    exchange(static_cast<std::uint32_t>(half), static_cast<std::uint16_t>(half >> kLengthShift), 0);
    advance(1);
    return true;
  }

  [[gnu::always_inline]] void exchange_pair(Words halves, std::ptrdiff_t i) noexcept {
    const auto shorts = reinterpret_cast<Shorts>(halves);
    exchange(static_cast<std::uint32_t>(halves[0]), shorts[2], i);
    exchange(static_cast<std::uint32_t>(halves[1]), shorts[6], i + 1);
  }
  /// The full buffer of a descriptor for a fresh one.
  [[gnu::always_inline]] void exchange(std::uint32_t status, std::uint32_t length,
                                       std::ptrdiff_t i) noexcept {
    Packet* const packet = buffer_[i];
    Packet* const replacement = fresh_[-1 - i];
    metadata_.write(*packet, now_, length);
    if constexpr (kOffloads) read_offloads(*packet, descriptor_[i], status);
    *reinterpret_cast<Words*>(descriptor_ + i) = Words{replacement->buffer_address(), 0} + to_data_;
    buffer_[i] = replacement;
    packets_[i] = packet;
  }
  [[gnu::always_inline]] void advance(std::uint32_t by) noexcept {
    descriptor_ += by;
    buffer_ += by;
    packets_ += by;
    fresh_ -= by;
  }

  // What is the same for all.
  const Nanoseconds now_;
  const FreshMetadata metadata_;
  const Words to_data_;
  const std::uint64_t mask_;
  // Where the next frame is, or goes to.
  ReceiveDescriptor* descriptor_;
  Packet** buffer_;
  Packet** packets_;
  Packet* const* fresh_;
};

/// Takes up to `count` frames of the common case; fewer at the end of the ring, and none if the next one is
/// not of this case or has no buffer to replace it.
[[gnu::always_inline]] inline std::uint32_t ReceiveQueue::take_many(Packet** packets,
                                                                    std::uint32_t count) noexcept {
  if (mid_frame_) return 0;
  const std::uint32_t run = std::min(count, mask_ + 1 - next_);  // up to the end of the ring
  const std::span<Packet* const> fresh = context_.pool->take(run);
  const auto most = static_cast<std::uint32_t>(fresh.size());
  Packet* const* const end = fresh.data() + most;
  const std::uint32_t taken =
      offloads_ ? Run<true>(*this, packets, end).take(most) : Run<false>(*this, packets, end).take(most);
  next_ = (next_ + taken) & mask_;
  if (taken < run) context_.pool->leave(most - taken);
  return taken;
}

}  // namespace ixyflow::drivers::ixgbe
