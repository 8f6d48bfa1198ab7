#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"
#include "core/net/layer_offsets.hpp"

namespace ixyflow {

/// The most VLAN tags that the parser looks through.
inline constexpr int kMaxVlanTags = 8;

namespace detail {
/// Frames of any kind.
IXYFLOW_API Layers parse_any(std::span<const std::uint8_t> frame) noexcept;

/// What most frames are: IPv4 without options, behind one VLAN tag or none. `layers` is a Layers, or a
/// packet, which has the same fields. False: it is something else, or bad.
template <class Fields>
inline bool parse_plain_ipv4(std::span<const std::uint8_t> frame, Fields& layers) noexcept {
  if (frame.size() < sizeof(EtherHeader) + sizeof(VlanTag) + sizeof(Ipv4Header)) [[unlikely]]
    return false;
  std::uint32_t l3 = sizeof(EtherHeader);
  EtherType type = reinterpret_cast<const EtherHeader&>(frame[0]).type.value();
  if (type != EtherType::ipv4) {
    if (!is_vlan_type(type)) return false;
    type = reinterpret_cast<const VlanTag&>(frame[l3]).type.value();
    l3 += sizeof(VlanTag);
  }
  const auto& ip = reinterpret_cast<const Ipv4Header&>(frame[l3]);
  const std::uint32_t total = ip.total_length.value();
  if (type != EtherType::ipv4 || ip.version_and_length != 0x45 || total < sizeof(Ipv4Header)) return false;
  // Without a branch: what comes next is anybody's guess.
  const std::uint32_t l4 = l3 + sizeof(Ipv4Header);
  const unsigned has_l4 =
      unsigned{total > sizeof(Ipv4Header)} & unsigned{frame.size() > l4} & unsigned{!ip.later_fragment()};
  layers.l3_offset = static_cast<std::uint16_t>(l3);
  layers.l4_offset = static_cast<std::uint16_t>(l4 & -has_l4);
  layers.ether_type = EtherType::ipv4;
  layers.ip_protocol = ip.protocol;
  return true;
}
}  // namespace detail

/// The one header parser: looks through VLAN tags (0x8100, 0x88a8, 0x9100) and IPv6 extension headers. Every
/// length is checked before what it covers is touched; loops are bounded. Any bytes are allowed. l4_offset is
/// set only where version and lengths of the IP header are right and at least one byte follows it; a length
/// of 0 is right where ip_end says what it means. A frame that a capture cut may end before the IP packet
/// does. More tags than kMaxVlanTags: ether_type is that of the next tag, and there is no layer 3.
inline Layers parse_layers(std::span<const std::uint8_t> frame) noexcept {
  Layers layers;
  return detail::parse_plain_ipv4(frame, layers) ? layers : detail::parse_any(frame);
}

}  // namespace ixyflow
