// From us to the guest: what runs for every packet. Frames that need more than one descriptor are put
// together in transmit_chains.hpp.

#include "drivers/virtio/device/transmit_ring.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "drivers/virtio/device/transmit_chains.hpp"
#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::vhost {

namespace {

/// A header that says nothing but that the frame came in one buffer; of 12 bytes, or 10.
void write_header(std::uint8_t* place, std::uint32_t bytes) noexcept {
  constexpr std::uint64_t kNothing = 0;
  constexpr std::uint32_t kOneBuffer = 1U << 16;
  std::memcpy(place, &kNothing, sizeof kNothing);
  if (bytes == sizeof(virtio::NetHeader)) [[likely]]
    std::memcpy(place + 8, &kOneBuffer, 4);
  else
    std::memcpy(place + 8, &kNothing, 2);
}

}  // namespace

template <class Ring>
std::uint32_t ToGuest::put_frames(Ring& ring, std::span<Packet* const> packets,
                                  TransmitContext& context) noexcept {
  const auto wanted = static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), kMaxBatch));
  std::uint32_t count = 0;
  while (count < wanted) {
    const std::uint32_t there = ring.look(std::min(wanted - count, kMostInRun));
    if (there == 0) break;
    // Buffers are given back before the frames are in them.
    ring.reserve(there);
    const std::uint32_t simple = put_simple(ring, packets.subspan(count, there));
    count += simple;
    if (simple == there) continue;
    if (!put_any(ring, *packets[count], context)) break;
    ++count;
  }
  return count;
}

/// Puts frames into buffers that are one descriptor each and large enough: first all descriptors, so that
/// what they point at is on its way here, then the frames.
template <class Ring>
std::uint32_t ToGuest::put_simple(Ring& ring, std::span<Packet* const> packets) noexcept {
  std::array<std::uint8_t*, kMostInRun> places;
  const std::uint32_t header_bytes = setup_.header_bytes;
  std::uint32_t taken = 0;
  for (; taken < packets.size(); ++taken) {
    const auto mark = ring.mark();
    Descriptor descriptor;
    if (!ring.take(kGuestReceives, descriptor)) break;
    const std::uint32_t bytes = header_bytes + packets[taken]->length();
    std::uint8_t* const place = setup_.memory->translate(descriptor.address, descriptor.length);
    if (place == nullptr || descriptor.length < bytes) {
      ring.rewind(mark);
      break;
    }
    __builtin_prefetch(place, 1);
    __builtin_prefetch(packets[taken]->data());
    places[taken] = place;
    ring.use(descriptor.id, 1, bytes);
  }
  for (std::uint32_t i = 0; i < taken; ++i) {
    write_header(places[i], header_bytes);
    std::memcpy(places[i] + header_bytes, packets[i]->data(), packets[i]->length());
  }
  return taken;
}

/// Writes header and frame over all pieces.
void ToGuest::fill(const Packet& packet, Gathered& gathered) const noexcept {
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

std::uint32_t ToGuest::room(TransmitContext& context) noexcept {
  if (!usable()) return 0;
  const std::uint32_t entries =
      with_ring(context.calls, [](auto& ring) noexcept { return ring.look(kMaxBatch); });
  // Where the ring can never take a large burst, one that is half full takes what it can: a guest does not
  // give more buffers because we wait.
  const bool small = setup_.size / entries_per_frame_ < 2 * kMostInRun;
  if (small && entries >= setup_.size / 2U) return kMaxBatch;
  return entries / entries_per_frame_;
}

template std::uint32_t ToGuest::put_frames(SplitRing&, std::span<Packet* const>, TransmitContext&) noexcept;
template std::uint32_t ToGuest::put_frames(PackedRing&, std::span<Packet* const>, TransmitContext&) noexcept;

}  // namespace ixyflow::drivers::vhost
