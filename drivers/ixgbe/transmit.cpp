// How frames are sent, whole. Data sheet, revision 3.3: 7.2.3.2.4 says what a descriptor is, 7.2.3.3 what a
// ring of them is, 7.2.3.5.2 how the card tells what it has sent.
//
// Each packet becomes a descriptor: where it is and how long. The card takes all up to the tail, in order,
// and at some later time we find out how far it came, and give the buffers back. put_many does the same for
// whole bursts of plain packets. It is an accelerator that may be skipped, by a reader and by the program:
// what it leaves, or all if it is not called, is put into the ring one by one.

#include <algorithm>

#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/transmit_many.hpp"
#include "drivers/ixgbe/transmit_offload.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

/// Buffers are given back in groups: with fewer on their way the card's word is not even looked at, unless
/// the burst has no room.
constexpr std::uint32_t kCleanFrom = 64;

}  // namespace

template <bool kMany>
std::uint32_t TransmitQueue::transmit(std::span<Packet* const> packets) noexcept {
  if (!state.is_working()) [[unlikely]]
    return step_aside();
  const std::uint32_t under_way = next_ - clean_;
  if (under_way >= kCleanFrom || under_way + packets.size() > mask_) clean();
  const std::uint32_t before = next_;
  std::uint32_t taken = kMany ? put_many(packets) : 0;
  if (taken < packets.size()) [[unlikely]]
    taken += put_each(packets.subspan(taken));
  const std::uint32_t next = next_;
  if (next == before) return taken;
  // RS, "report status" (7.2.3.2.4): the card tells of the last one, which stands for all before it.
  descriptors_[(next - 1) & mask_].command |= tx::kReportStatus;
  given_.store(next, std::memory_order_relaxed);
  // Everything up to the tail, TDT, is the card's from the doorbell on; descriptors and frames must be there
  // before.
  release_to_device();
  tail_.ring(next & mask_);
  return taken;
}

/// Puts one packet after the other, as many as there is room for. What the ring has no room for stays the
/// caller's: back-pressure. Not inlined, because then nothing of it is in the way of put_many.
[[gnu::noinline]] std::uint32_t TransmitQueue::put_each(std::span<Packet* const> packets) noexcept {
  const std::uint32_t needed = most_descriptors();
  std::uint32_t taken = 0;
  for (; taken < packets.size() && free_descriptors() >= needed; ++taken) put_one(packets[taken]);
  return taken;
}

/// Gives the card one packet, or drops one that no card may be given.
inline void TransmitQueue::put_one(Packet* packet) noexcept {
  const std::uint64_t length = packet->length();
  if (length < kShortest || length > kLongest) return drop_bad_length(packet);
  std::uint64_t command = tx::kWholePacket | length | length << tx::kPayloadShift;
  if (offloads_.any()) command |= put_context(*packet);
  const std::uint32_t index = next_++ & mask_;
  packets_[index] = packet;
  descriptors_[index] = {packet->device_address(), command};
}

/// Gives back the buffers of what was sent since the last look. The card has written the index of the first
/// descriptor that it has not sent (head write-back). It is a word from outside: one that cannot be true
/// frees nothing.
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
  if (behind < count) free_packets({packets_, count - behind});
  clean_ += count;
}

template std::uint32_t TransmitQueue::transmit<true>(std::span<Packet* const> packets) noexcept;
template std::uint32_t TransmitQueue::transmit<false>(std::span<Packet* const> packets) noexcept;

}  // namespace ixyflow::drivers::ixgbe
