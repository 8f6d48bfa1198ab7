// Receiving from the guest, in the order in which it happens (virtio 1.2, 2.7 and 2.8, seen from the device):
// look what the guest has made available, copy the frames out of its buffers, give the buffers back as used,
// call the guest if it wants to hear of it. The guest sees nothing of it before the end.

#include <algorithm>
#include <array>
#include <cstring>

#include "core/packet/layers.hpp"
#include "drivers/virtio/device/guest_header.hpp"
#include "drivers/virtio/device/receive_many.hpp"
#include "drivers/virtio/device/receive_ring.hpp"
#include "drivers/virtio/format/partial_checksum.hpp"

namespace ixyflow::drivers::vhost {

template <class Ring>
std::uint32_t ReceiveRing::receive_frames(Ring& ring, std::span<Packet*> packets,
                                          ReceiveContext& context) noexcept {
  const std::uint32_t wanted =
      ring.look(static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), kMaxBatch)));
  std::uint32_t count = 0;
  for (std::uint32_t looked = 0; looked < wanted; ++looked) {
    // The accelerator, which may be skipped by who reads this: everything would work without it, only slower.
    const Many many = take_many(ring, packets.subspan(count), wanted - looked, context);
    looked += many.chains;
    count += many.frames;
    Packet* packet = nullptr;
    if (looked == wanted || many.pool_is_empty || !take_one(ring, packet, context)) break;
    if (packet != nullptr) packets[count++] = packet;
  }
  publish_and_call(ring, context.calls);
  if (setup_.enabled) [[likely]]
    return count;
  context.disabled.add(count);
  context.queue.pool->free(packets.first(count));
  return 0;
}

/// Takes the next chain of descriptors, whatever it is (2.7.5, 2.8.6): a frame behind a header, or nothing
/// that can be used, which goes back to the guest all the same. False: there is nothing more to be done now.
template <class Ring>
bool ReceiveRing::take_one(Ring& ring, Packet*& packet, ReceiveContext& context) noexcept {
  Chain chain;
  const auto mark = ring.mark();
  if (ring.gather(*setup_.memory, kGuestSends, chain) != Found::chain) return false;
  if (!chain.good) {
    ++context.bad_descriptor;
  } else if (chain.bytes < setup_.header_bytes + kShortestFrame) {
    ++context.runt;
  } else if (chain.bytes - setup_.header_bytes > context.room) {
    ++context.oversize;
  } else {
    const std::span<Packet* const> fresh = context.queue.pool->take(1);
    if (fresh.empty()) {
      ring.rewind(mark);
      return false;
    }
    packet = fresh.front();
    context.metadata.write(*packet, context.queue.clock->now(),
                           static_cast<std::uint32_t>(chain.bytes) - setup_.header_bytes);
    const virtio::NetHeader header = copy_chain(chain, setup_.header_bytes, packet->data());
    if (!is_plain(header) && !accept(*packet, header, context)) {
      context.queue.pool->free(packet);
      packet = nullptr;
    }
  }
  ring.use(chain.id, chain.slots, 0);
  return true;
}

/// A frame with a header that says something; false: it is dropped.
bool ReceiveRing::accept(Packet& packet, const virtio::NetHeader& header,
                         ReceiveContext& context) const noexcept {
  const bool good =
      header.gso_type == 0 && setup_.checksums && virtio::complete_partial_checksum(bytes_of(packet), header);
  if (!good) ++context.bad_header;
  return good;
}

template std::uint32_t ReceiveRing::receive_frames(SplitRing&, std::span<Packet*>, ReceiveContext&) noexcept;
template std::uint32_t ReceiveRing::receive_frames(PackedRing&, std::span<Packet*>, ReceiveContext&) noexcept;

}  // namespace ixyflow::drivers::vhost
