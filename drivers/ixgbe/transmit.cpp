// The transmit path: what runs for every packet. Everything else of a transmit queue is in
// transmit_queue.cpp.

#include <algorithm>
#include <cstddef>

#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

/// Buffers are given back in groups: with fewer on their way the device's word is not even looked at.
constexpr std::uint32_t kCleanFrom = 64;

}  // namespace

/// Writes descriptors from `index` on, and returns the lengths of the packets above the shortest, all their
/// bits together: a sum of what must be checked that costs next to nothing.
std::uint32_t TransmitQueue::write_run(Packet* const* packets, std::uint32_t index,
                                       std::uint32_t count) noexcept {
  TransmitDescriptor* const descriptors = descriptors_ + index;
  Packet** const places = packets_ + index;
  const Mempool* const own = context_.pool;
  bool foreign = false;
  std::uint32_t ranges = 0;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) {
    Packet* const packet = packets[i];
    const std::uint64_t length = packet->length();
    ranges |= static_cast<std::uint32_t>(length) - kShortest;
    if (&packet->pool() != own) [[unlikely]]
      foreign = true;
    descriptors[i] = {packet->device_address(), (length | length << tx::kPayloadShift) + tx::kWholePacket};
    places[i] = packet;
  }
  if (foreign) only_own_ = false;
  return ranges;
}

// Inlined like its counterpart in receive.cpp: a call costs each burst as much as a packet does.
[[gnu::always_inline]] inline std::uint32_t TransmitQueue::write_plain(
    std::span<Packet* const> packets) noexcept {
  const auto most = std::min<std::uint32_t>(static_cast<std::uint32_t>(packets.size()), free_descriptors());
  const std::uint32_t first = std::min(most, mask_ + 1 - (next_ & mask_));  // up to the end of the ring
  std::uint32_t ranges = write_run(packets.data(), next_ & mask_, first);
  if (first < most) [[unlikely]]
    ranges |= write_run(packets.data() + first, 0, most - first);
  // Nothing is the card's before it hears of it: what was wrong is done over.
  next_ += ranges < kCommonRange ? most : write_carefully(packets.first(most));
  return most;
}

std::uint32_t TransmitQueue::transmit(std::span<Packet* const> packets) noexcept {
  if (!state.is_working()) [[unlikely]]
    return step_aside(), 0;
  const std::uint32_t under_way = next_ - clean_;
  if (under_way >= kCleanFrom || under_way + packets.size() > mask_) clean();
  const std::uint32_t before = next_;
  const std::uint32_t taken = offloads_.any() ? write_offloaded(packets) : write_plain(packets);
  const std::uint32_t next = next_;
  if (next == before) return taken;
  // The device reports once for the whole burst.
  descriptors_[(next - 1) & mask_].command |= tx::kReportStatus;
  given_.store(next, std::memory_order_relaxed);
  release_to_device();
  tail_.ring(next & mask_);
  return taken;
}

/// The same for packets of any length: those that no card may be given are dropped. Returns how many were
/// written.
std::uint32_t TransmitQueue::write_carefully(std::span<Packet* const> packets) noexcept {
  std::uint32_t written = 0;
  for (Packet* packet : packets) {
    if (packet->length() < kShortest || packet->length() > kLongest)
      drop_bad_length(packet);
    else
      static_cast<void>(write_run(&packet, (next_ + written++) & mask_, 1));
  }
  return written;
}

/// Gives back what the device has sent since the last look.
void TransmitQueue::clean() noexcept {
  const std::uint32_t head = this->head();
  const std::uint32_t sent = (head - clean_) & mask_;
  if (head > mask_ || sent > next_ - clean_) [[unlikely]] {
    distrusted_.store(true, std::memory_order_relaxed);
    return;
  }
  if (sent == 0) return;
  acquire_from_device();
  give_back(sent);
}

void TransmitQueue::give_back(std::uint32_t count) noexcept {
  const std::uint32_t first = clean_ & mask_;
  const std::uint32_t behind = std::min(count, mask_ + 1 - first);  // up to the end of the ring
  free_packets({packets_ + first, behind});
  free_packets({packets_, count - behind});
  clean_ += count;
}

}  // namespace ixyflow::drivers::ixgbe
