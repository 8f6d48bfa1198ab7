#pragma once

// The accelerator of transmit.cpp, and for it alone: what it puts would be put one at a time without it, with
// the same result.

#include <algorithm>
#include <array>
#include <cstring>

#include "drivers/virtio/device/transmit_ring.hpp"
#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::vhost {

/// A header that says nothing but that the frame came in one buffer; of 12 bytes, or 10.
inline void write_header(std::uint8_t* place, std::uint32_t bytes) noexcept {
  constexpr std::uint64_t kNothing = 0;
  constexpr std::uint32_t kOneBuffer = 1U << 16;
  std::memcpy(place, &kNothing, sizeof kNothing);
  if (bytes == sizeof(virtio::NetHeader)) [[likely]]
    std::memcpy(place + 8, &kOneBuffer, 4);
  else
    std::memcpy(place + 8, &kNothing, 2);
}

/// Puts frames into buffers that are one descriptor each and large enough: first all descriptors, so that
/// what they point at is on its way here, then the frames.
template <class Ring>
inline std::uint32_t TransmitRing::put_run(Ring& ring, std::span<Packet* const> packets) noexcept {
  std::array<std::uint8_t*, kMostInRun> places;
  const std::uint32_t header_bytes = setup_.header_bytes;
  const GuestMemory& memory = *setup_.memory;
  std::uint32_t taken = 0;
  for (; taken < packets.size(); ++taken) {
    const auto mark = ring.mark();
    Descriptor descriptor;
    if (!ring.take(kGuestReceives, descriptor)) break;
    const std::uint32_t bytes = header_bytes + packets[taken]->length();
    std::uint8_t* const place = memory.translate(descriptor.address, descriptor.length);
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

/// Puts frames as long as the next buffer is one descriptor and large enough, and returns how many.
template <class Ring>
[[gnu::always_inline]] inline std::uint32_t TransmitRing::put_many(
    Ring& ring, std::span<Packet* const> packets) noexcept {
  std::uint32_t count = 0;
  while (count < packets.size()) {
    const auto wanted =
        std::min<std::uint32_t>(static_cast<std::uint32_t>(packets.size()) - count, kMostInRun);
    const std::uint32_t there = ring.look(wanted);
    // Buffers are given back before the frames are in them: the guest must not see that.
    ring.reserve(there);
    const std::uint32_t put = put_run(ring, packets.subspan(count, there));
    count += put;
    if (put < wanted) break;
  }
  return count;
}

}  // namespace ixyflow::drivers::vhost
