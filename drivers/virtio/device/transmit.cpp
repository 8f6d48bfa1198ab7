// Transmitting to the guest, in the order in which it happens (virtio 1.2, 2.7 and 2.8, seen from the
// device): look for buffers that the guest has made available, copy the frames into them behind a header
// (5.1.6.4), give the buffers back as used, call the guest if it wants to hear of it. The guest sees nothing
// of it before the end.

#include <algorithm>
#include <cstring>

#include "drivers/virtio/device/transmit_chains.hpp"
#include "drivers/virtio/device/transmit_many.hpp"
#include "drivers/virtio/device/transmit_ring.hpp"
#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::vhost {

template <class Ring>
std::uint32_t TransmitRing::transmit_frames(Ring& ring, std::span<Packet* const> packets,
                                            TransmitContext& context) noexcept {
  const auto wanted = static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), kMaxBatch));
  std::uint32_t count = 0;
  for (; count < wanted; ++count) {
    // The accelerator, which may be skipped by who reads this: everything would work without it, only slower.
    count += put_many(ring, packets.subspan(count, wanted - count));
    if (count == wanted || ring.look(1) == 0 || !put_one(ring, *packets[count], context)) break;
  }
  publish_and_call(ring, context.calls);
  return count;
}

/// Puts one frame into whatever comes next: a buffer of one or several descriptors, or (MRG_RXBUF) as many
/// buffers as it takes. False: they are not there yet.
template <class Ring>
bool TransmitRing::put_one(Ring& ring, const Packet& packet, TransmitContext& context) noexcept {
  Gathered gathered;
  const std::uint32_t needed = setup_.header_bytes + packet.length();
  switch (gather(ring, needed, gathered, context)) {
    case Fit::not_now:
      return false;
    case Fit::never:
      context.too_long.add(packet.length());
      return true;
    case Fit::fits:
      fill(packet, gathered);
  }
  for (const auto& [id, slots, written] : std::span(gathered.buffers).first(gathered.count))
    ring.use(id, slots, written);
  entries_per_frame_ = std::max(entries_per_frame_, gathered.entries);
  return true;
}

/// Writes header and frame over all pieces.
void TransmitRing::fill(const Packet& packet, Gathered& gathered) const noexcept {
  virtio::NetHeader header;
  header.buffers = static_cast<std::uint16_t>(gathered.count);
  auto left_of_header = std::as_bytes(std::span(&header, 1)).first(setup_.header_bytes);
  auto left = std::as_bytes(std::span(packet.data(), packet.length()));
  for (const auto& [place, length] : std::span(gathered.pieces).first(gathered.piece_count)) {
    const std::size_t of_header = std::min<std::size_t>(length, left_of_header.size());
    std::memcpy(place, left_of_header.data(), of_header);
    const std::size_t of_frame = std::min<std::size_t>(length - of_header, left.size());
    std::memcpy(place + of_header, left.data(), of_frame);
    left_of_header = left_of_header.subspan(of_header);
    left = left.subspan(of_frame);
  }
}

std::uint32_t TransmitRing::room(TransmitContext& context) noexcept {
  if (!usable()) return 0;
  const std::uint32_t entries = with_ring([&](auto& ring) noexcept {
    const std::uint32_t there = ring.look(kMaxBatch);
    publish_and_call(ring, context.calls);
    return there;
  });
  // Where the ring can never take a large burst, one that is half full takes what it can: a guest does not
  // give more buffers because we wait.
  const bool small = setup_.size / entries_per_frame_ < 2 * kMostInRun;
  if (small && entries >= setup_.size / 2U) return kMaxBatch;
  return entries / entries_per_frame_;
}

template std::uint32_t TransmitRing::transmit_frames(SplitRing&, std::span<Packet* const>,
                                                     TransmitContext&) noexcept;
template std::uint32_t TransmitRing::transmit_frames(PackedRing&, std::span<Packet* const>,
                                                     TransmitContext&) noexcept;

}  // namespace ixyflow::drivers::vhost
