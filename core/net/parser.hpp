#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/protocol_numbers.hpp"

namespace ixyflow {

/// Where the layers of a frame start, from its first byte; 0 where there is no such layer.
struct Layers {
  std::uint16_t l3_offset = 0;  ///< of what follows the last VLAN tag; 0 when the frame ends there
  /// Of the transport header; 0 for later fragments and where the IP header is bad.
  std::uint16_t l4_offset = 0;
  EtherType ether_type{};    ///< behind all tags; a length (below 0x600) for IEEE 802.3 frames
  IpProtocol ip_protocol{};  ///< behind all extension headers; valid with l4_offset, and of later fragments
};

/// The most VLAN tags and IPv6 extension headers that the parser looks through.
inline constexpr int kMaxVlanTags = 8;
inline constexpr int kMaxExtensionHeaders = 16;

/// The one header parser: looks through VLAN tags (0x8100, 0x88a8, 0x9100) and IPv6 extension headers. Every
/// length is checked before what it covers is touched; loops are bounded. Any bytes are allowed. l4_offset is
/// set only where version and lengths of the IP header are right and at least one byte follows it. A frame
/// that a capture cut may end before the IP packet does. More tags than kMaxVlanTags: ether_type is that of
/// the next tag, and there is no layer 3.
IXYFLOW_API Layers parse_layers(std::span<const std::uint8_t> frame) noexcept;

/// Where the IP packet of `layers` ends by its own length: behind that is padding. Never behind the frame;
/// the end of the frame when there is no IP header.
IXYFLOW_API std::uint32_t ip_end(std::span<const std::uint8_t> frame, const Layers& layers) noexcept;

}  // namespace ixyflow
