// The transmit path: what runs for every packet. Everything else of a transmit queue is in
// transmit_queue.cpp.

#include <algorithm>

#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

/// Buffers are given back in groups: with fewer on their way the device's word is not even looked at.
constexpr std::uint32_t kCleanFrom = 64;

}  // namespace

std::uint32_t TransmitQueue::transmit(std::span<Packet* const> packets) noexcept {
  if (!state.is_working()) [[unlikely]]
    return step_aside(), 0;
  const std::uint32_t under_way = next_ - clean_;
  if (under_way >= kCleanFrom || under_way + packets.size() > mask_) clean();
  const std::uint32_t before = next_;
  const std::uint32_t taken = offloads_.any() ? write_offloaded(packets) : write_plain(packets);
  if (next_ == before) return taken;
  // The device reports once for the whole burst.
  descriptors_[(next_ - 1) & mask_].command |= tx::kReportStatus;
  given_.store(next_, std::memory_order_relaxed);
  release_to_device();
  tail_.ring(next_ & mask_);
  return taken;
}

std::uint32_t TransmitQueue::write_plain(std::span<Packet* const> packets) noexcept {
  const std::uint32_t count =
      std::min<std::uint32_t>(static_cast<std::uint32_t>(packets.size()), free_descriptors());
  const std::uint32_t longest = longest_ - kShortest;
  std::uint32_t next = next_;
  for (Packet* packet : packets.first(count)) {
    const std::uint64_t length = packet->length();
    if (length - kShortest > longest) [[unlikely]] {
      drop_bad_length(packet);
      continue;
    }
    const std::uint32_t index = next++ & mask_;
    packets_[index] = packet;
    descriptors_[index] = {packet->device_address(), tx::kWholePacket | length | length << tx::kPayloadShift};
  }
  next_ = next;
  return count;
}

/// Gives back what the device has sent since the last look.
void TransmitQueue::clean() noexcept {
  const std::uint32_t head = this->head();
  const std::uint32_t sent = (head - clean_) & mask_;
  if (sent == 0) return;
  if (head > mask_ || sent > next_ - clean_) [[unlikely]] {
    distrusted_.store(true, std::memory_order_relaxed);
    return;
  }
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
