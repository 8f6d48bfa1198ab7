// How frames are received, whole: everything that this driver does with a frame begins here. Data sheet,
// revision 3.3: 7.1.6 says what a descriptor is, 7.1.9 what a ring of them is.
//
// Every descriptor of the ring has an empty buffer of ours. The card fills buffers in the order of the ring,
// and says so by writing their descriptors back; we follow, take each full buffer out, and put an empty one
// into its place. take_many does the same for several frames at once. It is an accelerator that may be
// skipped, by a reader and by the program: what it leaves, or all if it is not called, is taken one by one.

#include <algorithm>
#include <utility>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/receive_many.hpp"
#include "drivers/ixgbe/receive_offload.hpp"
#include "drivers/ixgbe/receive_queue.hpp"

namespace ixyflow::drivers::ixgbe {

template <bool kMany>
std::uint32_t ReceiveQueue::receive(std::span<Packet*> packets) noexcept {
  if (!state.is_working()) [[unlikely]]
    return step_aside();
  if (packets.empty() || !is_done(next_)) return count_idle_look();
  const auto wanted = static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), kMaxBatch));
  std::uint32_t count = 0;
  std::uint32_t looked = 0;
  do {
    if constexpr (kMany) {
      const std::uint32_t taken = take_many(packets.data() + count, wanted - looked);
      count += taken;
      looked += taken;
      if (taken > 0) continue;
    }
    // DD, "descriptor done" (7.1.6.2), is set: the card has written the frame, and then the descriptor.
    // Neither may be read before DD was.
    acquire_from_device();
    // What is received is replaced at once. Without a buffer for its place it stays where it is.
    const std::span<Packet* const> fresh = context_.pool->take(1);
    if (fresh.empty()) break;
    ++looked;
    if (Packet* packet = take_one(fresh.front())) packets[count++] = packet;
  } while (looked < wanted && is_done(next_));
  if (looked == 0) return 0;
  position_.store(next_, std::memory_order_relaxed);
  // The card may use all up to the tail, RDT, from the next doorbell on; the descriptors must be there
  // before. The tail is one behind: if it met the head, the card would take the ring for empty instead of
  // full (7.1.9).
  release_to_device();
  tail_.ring((next_ - 1) & mask_);
  return count;
}

/// Takes the full buffer of the next descriptor out, and puts `fresh` into its place. A packet if a frame is
/// complete with it, else nullptr: there is more to come, or it was dropped and counted.
[[gnu::noinline]] Packet* ReceiveQueue::take_one(Packet* fresh) noexcept {
  // A copy, because it is overwritten, and so that nothing can change between two looks at it.
  const ReceiveDescriptor said = read_descriptor(descriptors_[next_]);
  // The read format of a descriptor (7.1.6.1): an address. Zeros in the rest take DD away.
  descriptors_[next_] = {.address = metadata_.device_address(*fresh)};
  Packet* const full = std::exchange(buffers_[next_], fresh);
  next_ = (next_ + 1) & mask_;
  Packet* const packet = gather(full, said.status, said.length);
  if (packet != nullptr && offloads_) read_offloads(*packet, said, said.status);
  return packet;
}

template std::uint32_t ReceiveQueue::receive<true>(std::span<Packet*> packets) noexcept;
template std::uint32_t ReceiveQueue::receive<false>(std::span<Packet*> packets) noexcept;

}  // namespace ixyflow::drivers::ixgbe
