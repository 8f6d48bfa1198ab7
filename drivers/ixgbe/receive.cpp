// The receive path: what runs for every packet. Everything else of a receive queue is in receive_queue.cpp.

#include <algorithm>
#include <array>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/receive_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

/// A whole frame in one buffer that nobody complains about: everything that is not the common case differs
/// here.
constexpr std::uint64_t kCommonMask = rx::kDone | rx::kEndOfPacket | rx::kMacErrors;
constexpr std::uint64_t kCommon = rx::kDone | rx::kEndOfPacket;

std::uint64_t load(const std::uint64_t& word) noexcept {
  return *static_cast<const volatile std::uint64_t*>(&word);
}

std::uint32_t length_of(std::uint64_t status) noexcept {
  return static_cast<std::uint32_t>(status >> rx::kLengthShift & rx::kLengthMask);
}

}  // namespace

template <bool kOffloads>
std::uint32_t ReceiveQueue::take_frames(std::span<Packet*> packets) noexcept {
  if ((load(descriptors_[next_].status) & rx::kDone) == 0) {
    idle_looks_.store(idle_looks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return 0;
  }
  // What is received is replaced: as many as there are buffers, at most.
  std::array<Packet*, kMaxBatch> spare;
  const auto wanted = static_cast<std::uint32_t>(std::min(packets.size(), spare.size()));
  const std::uint32_t available = context_.pool->take(std::span(spare).first(wanted));

  const Nanoseconds now = context_.clock->now();
  const FreshMetadata metadata = metadata_;  // a copy of its own stays in registers
  const std::uint32_t buffer_bytes = buffer_bytes_;
  std::uint32_t next = next_;
  std::uint32_t used = 0;
  std::uint32_t count = 0;
  while (used < available) {
    ReceiveDescriptor& descriptor = descriptors_[next];
    const std::uint64_t status = load(descriptor.status);
    if ((status & rx::kDone) == 0) break;
    acquire_from_device();
    const std::uint64_t address = kOffloads ? load(descriptor.address) : 0;
    Packet* packet = buffers_[next];
    const std::uint32_t length = length_of(status);

    Packet* fresh = spare[used++];
    buffers_[next] = fresh;
    descriptor.address = metadata.device_address(*fresh);
    descriptor.status = 0;
    next = (next + 1) & mask_;

    if ((status & kCommonMask) != kCommon || length - 1 >= buffer_bytes || mid_frame_) [[unlikely]] {
      packet = take_piece(packet, status);
      if (packet == nullptr) continue;
    } else {
      metadata.write(*packet, now, length);
    }
    if constexpr (kOffloads) read_offloads(*packet, address, status);
    packets[count++] = packet;
  }
  context_.pool->free(std::span(spare).subspan(used, available - used));
  if (used == 0) return 0;
  next_ = next;
  position_.store(next, std::memory_order_relaxed);
  release_to_device();
  // One behind: a tail that meets the head would mean that the device has no descriptor at all (7.1.9).
  tail_.ring((next - 1) & mask_);
  return count;
}

template std::uint32_t ReceiveQueue::take_frames<false>(std::span<Packet*> packets) noexcept;
template std::uint32_t ReceiveQueue::take_frames<true>(std::span<Packet*> packets) noexcept;

/// What the card says about a packet beside its bytes (7.1.6.2, tables 7-10 to 7-13).
void ReceiveQueue::read_offloads(Packet& packet, std::uint64_t address, std::uint64_t status) const noexcept {
  const auto bit = [](PacketFlag flag, bool set) { return set ? static_cast<unsigned>(flag) : 0U; };
  const bool hashed = (address & rx::kRssTypeMask) != 0;
  const bool tagged = (status & rx::kVlan) != 0;
  const bool l3 = (status & rx::kIpChecked) != 0;
  const bool l3_bad = (status & rx::kIpError) != 0;
  const bool l4_bad = (status & rx::kL4Error) != 0;
  // The 82599 may take the checksum 0 of a UDP packet, which says that there is none, for a wrong one (its
  // specification update, erratum 44): then nobody has looked.
  const bool l4 = (status & rx::kL4Checked) != 0 && !(l4_bad && (address & rx::kUdp) != 0);
  packet.flow_hash = static_cast<std::uint32_t>(address >> rx::kHashShift);
  packet.vlan_tci = static_cast<std::uint16_t>(status >> rx::kVlanShift);
  packet.set_flags(static_cast<std::uint16_t>(
      bit(PacketFlag::flow_hash, hashed) | bit(PacketFlag::vlan_tag, tagged) |
      bit(PacketFlag::l3_checksum_good, l3 && !l3_bad) | bit(PacketFlag::l3_checksum_bad, l3 && l3_bad) |
      bit(PacketFlag::l4_checksum_good, l4 && !l4_bad) | bit(PacketFlag::l4_checksum_bad, l4 && l4_bad)));
}

}  // namespace ixyflow::drivers::ixgbe
