#pragma once

// Most of what is received, several frames at once: for receive.cpp alone, which works without it.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/receive_offload.hpp"
#include "drivers/ixgbe/receive_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace many {

/// A whole frame in one buffer that nobody complains about: everything that is not the common case differs
/// here.
inline constexpr std::uint32_t kCommonMask = rx::kDone | rx::kEndOfPacket | rx::kMacErrors;
inline constexpr std::uint32_t kCommon = rx::kDone | rx::kEndOfPacket;
inline constexpr std::ptrdiff_t kGroup = 4;

/// A descriptor, or the written-back halves of two, in one vector register: status in bits 0 to 31 of each
/// half, length above.
using Words __attribute__((vector_size(16), may_alias)) = std::uint64_t;
using Shorts __attribute__((vector_size(16), may_alias)) = std::uint16_t;
inline constexpr unsigned kLengthShift = 32;

/// `read_once` of the written-back halves of a descriptor and the next; a template would lose what Words may
/// alias.
inline Words read_halves(const ReceiveDescriptor* descriptor) noexcept {
  const Words first = *reinterpret_cast<const volatile Words*>(descriptor);
  const Words second = *reinterpret_cast<const volatile Words*>(descriptor + 1);
  return __builtin_shuffle(first, second, Words{1, 3});
}

/// What differs from the common case where the bits of `mask` are; a length of 0 differs in all bits of its
/// place.
inline Words differences(Words halves) noexcept {
  return (halves - (std::uint64_t{1} << kLengthShift)) ^ kCommon;
}

}  // namespace many

/// Takes out up to `count` frames of the common case that follow each other, up to the end of the ring at
/// most, and puts buffers from the end of `fresh` into their places. Four at a time: what they have in common
/// is asked once.
template <bool kOffloads>
[[gnu::always_inline]] inline std::uint32_t ReceiveQueue::take_run(Packet** packets, Packet* const* fresh,
                                                                   std::uint32_t count) noexcept {
  using namespace many;
  const Nanoseconds now = context_.clock->now();
  const FreshMetadata metadata = metadata_;  // copies of its own stay in registers
  const Words to_data{metadata.data_offset(), 0};
  const std::uint64_t mask = kCommonMask | uncommon_lengths_ << kLengthShift;
  ReceiveDescriptor* descriptor = descriptors_ + next_;
  Packet** buffer = buffers_ + next_;
  const auto take = [&](std::uint32_t status, std::uint32_t length, std::ptrdiff_t i) {
    Packet* const packet = buffer[i];
    Packet* const replacement = fresh[-1 - i];
    metadata.write(*packet, now, length);
    if constexpr (kOffloads) read_offloads(*packet, descriptor[i], status);
    *reinterpret_cast<Words*>(descriptor + i) = Words{replacement->buffer_address(), 0} + to_data;
    buffer[i] = replacement;
    packets[i] = packet;
  };
  std::uint32_t left = count;
  const auto advance = [&](std::uint32_t by) {
    descriptor += by;
    buffer += by;
    packets += by;
    fresh -= by;
    left -= by;
  };
  while (left >= kGroup) {
    const Words first = read_halves(descriptor);
    const Words second = read_halves(descriptor + 2);
    const Words different = differences(first) | differences(second);
    if (((different[0] | different[1]) & mask) != 0) break;
    acquire_from_device();
    const auto take_pair = [&](Words halves, std::ptrdiff_t i) {
      const auto shorts = reinterpret_cast<Shorts>(halves);
      take(static_cast<std::uint32_t>(halves[0]), shorts[2], i);
      take(static_cast<std::uint32_t>(halves[1]), shorts[6], i + 1);
    };
    take_pair(first, 0);
    take_pair(second, 2);
    advance(kGroup);
  }
  for (; left > 0; advance(1)) {
    const std::uint64_t half = read_once(*(reinterpret_cast<const std::uint64_t*>(descriptor) + 1));
    if ((differences(Words{half, half})[0] & mask) != 0) break;
    acquire_from_device();
    take(static_cast<std::uint32_t>(half), static_cast<std::uint16_t>(half >> kLengthShift), 0);
  }
  return count - left;
}

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
      offloads_ ? take_run<true>(packets, end, most) : take_run<false>(packets, end, most);
  next_ = (next_ + taken) & mask_;
  if (taken < run) context_.pool->leave(most - taken);
  return taken;
}

}  // namespace ixyflow::drivers::ixgbe
