// The receive path: what runs for every packet. Everything else of a receive queue is in receive_queue.cpp.

#include <algorithm>
#include <cstddef>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/receive_offload.hpp"
#include "drivers/ixgbe/receive_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

/// A whole frame in one buffer that nobody complains about: everything that is not the common case differs
/// here.
constexpr std::uint32_t kCommonMask = rx::kDone | rx::kEndOfPacket | rx::kMacErrors;
constexpr std::uint32_t kCommon = rx::kDone | rx::kEndOfPacket;
constexpr std::ptrdiff_t kGroup = 4;

/// A descriptor, or the written-back halves of two, in one register: status in bits 0 to 31 of each half,
/// length above.
using Words __attribute__((vector_size(16), may_alias)) = std::uint64_t;
using Shorts __attribute__((vector_size(16), may_alias)) = std::uint16_t;
constexpr unsigned kLengthShift = 32;

/// The written-back halves of a descriptor and the next.
Words load_halves(const ReceiveDescriptor* descriptor) noexcept {
  const Words first = *reinterpret_cast<const volatile Words*>(descriptor);
  const Words second = *reinterpret_cast<const volatile Words*>(descriptor + 1);
  return __builtin_shuffle(first, second, Words{1, 3});
}

/// What differs from the common case where the bits of `mask` are; a length of 0 differs in all bits of its
/// place.
Words differences(Words halves) noexcept {
  return (halves - (std::uint64_t{1} << kLengthShift)) ^ kCommon;
}

}  // namespace

/// Takes out up to `count` frames of the common case that follow each other, up to the end of the ring at
/// most, and puts buffers from the end of `fresh` into their places. Four at a time: what they have in common
/// is asked once.
template <bool kOffloads>
[[gnu::always_inline]] inline std::uint32_t ReceiveQueue::take_common(Packet** packets, Packet* const* fresh,
                                                                      std::uint32_t count) noexcept {
  const Nanoseconds now = context_.clock->now();
  const FreshMetadata metadata = metadata_;  // copies of its own stay in registers
  const Words to_data{metadata.data_offset(), 0};
  const std::uint64_t mask = kCommonMask | uncommon_lengths_ << kLengthShift;
  ReceiveDescriptor* descriptor = descriptors_ + next_;
  Packet** buffer = buffers_ + next_;
  const auto take_one = [&](std::uint32_t status, std::uint32_t length, std::ptrdiff_t i) {
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
    const Words first = load_halves(descriptor);
    const Words second = load_halves(descriptor + 2);
    const Words different = differences(first) | differences(second);
    if (((different[0] | different[1]) & mask) != 0) break;
    acquire_from_device();
    const auto take_pair = [&](Words halves, std::ptrdiff_t i) {
      const auto shorts = reinterpret_cast<Shorts>(halves);
      take_one(static_cast<std::uint32_t>(halves[0]), shorts[2], i);
      take_one(static_cast<std::uint32_t>(halves[1]), shorts[6], i + 1);
    };
    take_pair(first, 0);
    take_pair(second, 2);
    advance(kGroup);
  }
  for (; left > 0; advance(1)) {
    const std::uint64_t half = read_once(*(reinterpret_cast<const std::uint64_t*>(descriptor) + 1));
    if ((differences(Words{half, half})[0] & mask) != 0) break;
    acquire_from_device();
    take_one(static_cast<std::uint32_t>(half), static_cast<std::uint16_t>(half >> kLengthShift), 0);
  }
  return count - left;
}

template <bool kOffloads>
std::uint32_t ReceiveQueue::take_frames(std::span<Packet*> packets) noexcept {
  if ((read_once(descriptors_[next_].status) & rx::kDone) == 0) {
    idle_looks_.store(idle_looks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return 0;
  }
  const auto wanted = static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), kMaxBatch));
  const std::uint32_t before = next_;
  std::uint32_t count = 0;
  for (std::uint32_t looked = 0; looked < wanted;) {
    // What is received is replaced: without a buffer for its place it stays where it is.
    const std::uint32_t run = mid_frame_ ? 1 : std::min(wanted - looked, mask_ + 1 - next_);
    const std::span<Packet* const> fresh = context_.pool->take(run);
    if (fresh.empty()) break;
    const auto most = static_cast<std::uint32_t>(fresh.size());
    const std::uint32_t common =
        mid_frame_ ? 0 : take_common<kOffloads>(packets.data() + count, fresh.data() + most, most);
    next_ = (next_ + common) & mask_;
    looked += common;
    count += common;
    if (common == run) continue;
    context_.pool->leave(most - common);
    // No frame, one that is not of the common sort, or no buffers left.
    if ((read_once(descriptors_[next_].status) & rx::kDone) == 0 || common == most) break;
    acquire_from_device();
    const ReceiveDescriptor descriptor = descriptors_[next_];
    ++looked;
    if (Packet* packet = take_piece(descriptor)) {
      if constexpr (kOffloads) read_offloads(*packet, descriptor, descriptor.status);
      packets[count++] = packet;
    }
  }
  if (next_ == before) return 0;
  position_.store(next_, std::memory_order_relaxed);
  release_to_device();
  // One behind: a tail that meets the head would mean that the device has no descriptor at all (7.1.9).
  tail_.ring((next_ - 1) & mask_);
  return count;
}

template std::uint32_t ReceiveQueue::take_frames<false>(std::span<Packet*> packets) noexcept;
template std::uint32_t ReceiveQueue::take_frames<true>(std::span<Packet*> packets) noexcept;

}  // namespace ixyflow::drivers::ixgbe
