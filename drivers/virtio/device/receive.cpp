// From the guest to us: what runs for every packet.

#include "drivers/virtio/device/receive_ring.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/packet/layers.hpp"
#include "drivers/virtio/device/offload.hpp"
#include "drivers/virtio/format/partial_checksum.hpp"

namespace ixyflow::drivers::vhost {

/// What came of a run of simple frames.
struct FromGuest::Run {
  std::uint32_t taken = 0;    ///< chains, each of which has used up a fresh buffer
  std::uint32_t packets = 0;  ///< that are good
  std::uint32_t bad = 0;
  std::array<Packet*, kMostInRun> dropped;
};

template <class Ring>
std::uint32_t FromGuest::take_frames(Ring& ring, std::span<Packet*> packets,
                                     ReceiveContext& context) noexcept {
  const std::uint32_t wanted =
      ring.look(static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), kMaxBatch)));
  std::uint32_t count = 0;
  for (std::uint32_t looked = 0; looked < wanted;) {
    const std::span<Packet* const> fresh =
        context.queue.pool->take(std::min<std::uint32_t>(wanted - looked, kMostInRun));
    if (fresh.empty()) break;
    const Run run = take_simple(ring, packets.subspan(count), fresh, context);
    context.queue.pool->leave(static_cast<std::uint32_t>(fresh.size()) - run.taken);
    if (run.bad != 0) [[unlikely]]
      context.queue.pool->free(std::span(run.dropped).first(run.bad));
    looked += run.taken;
    count += run.packets;
    if (run.taken == fresh.size()) continue;
    Packet* packet = nullptr;
    if (!take_any(ring, packet, context)) break;
    ++looked;
    if (packet != nullptr) packets[count++] = packet;
  }
  if (setup_.enabled) [[likely]]
    return count;
  context.disabled.add(count);
  context.queue.pool->free(packets.first(count));
  return 0;
}

/// Takes frames that follow each other, each in one descriptor: first all descriptors, so that what they
/// point at is on its way here, then the frames.
template <class Ring>
FromGuest::Run FromGuest::take_simple(Ring& ring, std::span<Packet*> packets, std::span<Packet* const> fresh,
                                      ReceiveContext& context) noexcept {
  std::array<Chain::Piece, kMostInRun> frames;
  Run run;
  const std::uint32_t header_bytes = setup_.header_bytes;
  const std::uint32_t shortest = header_bytes + kShortestFrame;
  for (; run.taken < fresh.size(); ++run.taken) {
    const auto mark = ring.mark();
    Descriptor descriptor;
    if (!ring.take(kGuestSends, descriptor)) break;
    const std::uint8_t* data = setup_.memory->translate(descriptor.address, descriptor.length);
    if (data == nullptr || descriptor.length < shortest || descriptor.length - header_bytes > context.room) {
      ring.rewind(mark);
      break;
    }
    __builtin_prefetch(data);
    frames[run.taken] = {const_cast<std::uint8_t*>(data), descriptor.length};
    ring.use(descriptor.id, 1, 0);
  }
  const Nanoseconds now = context.queue.clock->now();
  const FreshMetadata metadata = context.metadata;  // a copy of its own stays in registers
  Packet* const* const last = fresh.data() + fresh.size();
  for (std::uint32_t i = 0; i < run.taken; ++i) {
    Packet* const packet = *(last - 1 - i);
    const std::uint32_t length = frames[i].length - header_bytes;
    metadata.write(*packet, now, length);
    std::memcpy(packet->data(), frames[i].data + header_bytes, length);
    const virtio::NetHeader header = read_header(frames[i].data);
    if (is_plain(header) || accept(*packet, header, context)) [[likely]]
      packets[run.packets++] = packet;
    else
      run.dropped[run.bad++] = packet;
  }
  return run;
}

template <class Ring>
bool FromGuest::take_any(Ring& ring, Packet*& packet, ReceiveContext& context) noexcept {
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
    if (fresh.empty()) return ring.rewind(mark), false;
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
bool FromGuest::accept(Packet& packet, const virtio::NetHeader& header,
                       ReceiveContext& context) const noexcept {
  const bool good =
      header.gso_type == 0 && setup_.checksums && virtio::complete_partial_checksum(bytes_of(packet), header);
  if (!good) ++context.bad_header;
  return good;
}

template std::uint32_t FromGuest::take_frames(SplitRing&, std::span<Packet*>, ReceiveContext&) noexcept;
template std::uint32_t FromGuest::take_frames(PackedRing&, std::span<Packet*>, ReceiveContext&) noexcept;

}  // namespace ixyflow::drivers::vhost
