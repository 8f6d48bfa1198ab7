#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/ipv6_extensions.hpp"
#include "core/net/layer_offsets.hpp"

namespace ixyflow {

/// The most VLAN tags that the parser looks through.
inline constexpr int kMaxVlanTags = 8;

/// The one header parser: looks through VLAN tags (0x8100, 0x88a8, 0x9100) and IPv6 extension headers. Every
/// length is checked before what it covers is touched; loops are bounded. Any bytes are allowed. l4_offset is
/// set only where version and lengths of the IP header are right and at least one byte follows it. A frame
/// that a capture cut may end before the IP packet does. More tags than kMaxVlanTags: ether_type is that of
/// the next tag, and there is no layer 3.
IXYFLOW_API Layers parse_layers(std::span<const std::uint8_t> frame) noexcept;

}  // namespace ixyflow
