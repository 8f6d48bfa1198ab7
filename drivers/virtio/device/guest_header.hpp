#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "drivers/virtio/device/ring/chain.hpp"
#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::vhost {

/// Shorter ones are no Ethernet frames.
inline constexpr std::uint32_t kShortestFrame = 14;

/// A copy of the header at `bytes`, without its last field, which says nothing on the way to us.
inline virtio::NetHeader read_header(const std::uint8_t* bytes) noexcept {
  virtio::NetHeader header;
  std::memcpy(reinterpret_cast<std::byte*>(&header), bytes, virtio::kShortHeader);
  return header;
}

/// Whether the header asks for nothing: no checksum, no segments.
inline bool is_plain(const virtio::NetHeader& header) noexcept {
  return ((header.flags & virtio::NetHeader::kNeedsChecksum) | header.gso_type) == 0;
}

/// Copies a chain's header, and what is behind it to `data`, where there is room for it.
virtio::NetHeader copy_chain(const Chain& chain, std::uint32_t header_bytes, std::uint8_t* data) noexcept;

}  // namespace ixyflow::drivers::vhost
