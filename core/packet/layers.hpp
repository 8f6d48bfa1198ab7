#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/base/big_endian.hpp"
#include "core/net/headers.hpp"
#include "core/net/layer_offsets.hpp"
#include "core/packet/packet.hpp"

namespace ixyflow {

[[nodiscard]] inline std::span<std::uint8_t> bytes_of(Packet& packet) noexcept {
  return {packet.data(), packet.length()};
}
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(const Packet& packet) noexcept {
  return {packet.data(), packet.length()};
}

namespace detail {

IXYFLOW_API void parse_packet(Packet& packet) noexcept;

/// The way of most packets through the parser: IPv4 without options, a first fragment or none, behind one
/// C-tag or none. False: it is something else, or bad; nothing was done.
inline bool parse_common(Packet& packet) noexcept {
  constexpr std::uint32_t kLeast = sizeof(EtherHeader) + sizeof(VlanTag) + sizeof(Ipv4Header);
  if (packet.length() <= kLeast) return false;
  const std::uint8_t* const frame = packet.data();
  const auto type_at = [frame](std::uint32_t offset) {
    return *reinterpret_cast<const BeEtherType*>(frame + offset);
  };
  constexpr std::uint32_t kType = offsetof(EtherHeader, type);
  // Without a branch: tagged and untagged packets may come mixed.
  const std::uint32_t tag = type_at(kType) == BeEtherType(EtherType::vlan) ? sizeof(VlanTag) : 0;
  const std::uint32_t l3 = sizeof(EtherHeader) + tag;
  const auto& ip = *reinterpret_cast<const Ipv4Header*>(frame + l3);
  if (type_at(kType + tag) != BeEtherType(EtherType::ipv4) || ip.version_and_length != 0x45 ||
      ip.total_length.value() <= sizeof(Ipv4Header) || ip.later_fragment())
    return false;
  packet.l3_offset = static_cast<std::uint16_t>(l3);
  packet.l4_offset = static_cast<std::uint16_t>(l3 + sizeof(Ipv4Header));
  packet.ether_type = EtherType::ipv4;
  packet.ip_protocol = ip.protocol;
  packet.set(PacketFlag::parsed);
  return true;
}

}  // namespace detail

/// Makes the layer fields of the packet (l3_offset, l4_offset, ether_type, ip_protocol) those of its present
/// bytes: parses on the first call, costs a test of a bit afterwards.
inline void parse(Packet& packet) noexcept {
  if (!packet.has(PacketFlag::parsed) && !detail::parse_common(packet)) [[unlikely]]
    detail::parse_packet(packet);
}

/// Where the layers of the packet's present bytes start.
[[nodiscard]] inline Layers layers_of(Packet& packet) noexcept {
  parse(packet);
  return {packet.l3_offset, packet.l4_offset, packet.ether_type, packet.ip_protocol};
}

/// The IPv4 header, its options included in the frame, or null when the packet is no IPv4 or its header does
/// not fit.
[[nodiscard]] inline Ipv4Header* ipv4(Packet& packet) noexcept {
  parse(packet);
  if (packet.ether_type != EtherType::ipv4 || packet.l3_offset == kNoOffset) return nullptr;
  return header_at<Ipv4Header>(bytes_of(packet), packet.l3_offset);
}

/// The IPv6 header, or null.
[[nodiscard]] inline Ipv6Header* ipv6(Packet& packet) noexcept {
  parse(packet);
  if (packet.ether_type != EtherType::ipv6 || packet.l3_offset == kNoOffset) return nullptr;
  return header_at<Ipv6Header>(bytes_of(packet), packet.l3_offset);
}

/// The checksum field of the TCP or UDP header: null when the packet has neither, when the header does not
/// fit, and when a UDP checksum of 0 says that there is none (RFC 768).
[[nodiscard]] IXYFLOW_API Be16* transport_checksum_field(Packet& packet) noexcept;

/// The flow hash (net/flow/flow_hash.hpp), the same for both directions of a connection: computed when first
/// asked for and then kept, also while the packet is rewritten, so that a flow stays where it is.
[[nodiscard]] IXYFLOW_API std::uint32_t flow_hash(Packet& packet) noexcept;

}  // namespace ixyflow
