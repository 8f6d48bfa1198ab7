#pragma once

#include "core/net/flow/flow_key.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow {

namespace detail {

IXYFLOW_API bool read_any_flow_key(Packet& packet, FlowKey& key) noexcept;

/// Whether the packet is IPv4 without options and has a transport header; the parser has found then that
/// version and lengths are right.
inline bool is_plain_ipv4(const Packet& packet) noexcept {
  return packet.ether_type == EtherType::ipv4 && packet.l4_offset == packet.l3_offset + sizeof(Ipv4Header);
}

/// `read_flow_key` for TCP and UDP over plain IPv4, in no fragment. False: it is something else.
inline bool read_plain_flow_key(const Packet& packet, FlowKey& key) noexcept {
  struct Headers {
    Ipv4Header ip;
    std::array<std::uint8_t, 4> ports;
  };
  if (packet.l3_offset + sizeof(Headers) > packet.length()) return false;
  const auto& headers = *reinterpret_cast<const Headers*>(packet.data() + packet.l3_offset);
  const IpProtocol protocol = headers.ip.protocol;
  if ((protocol != IpProtocol::tcp && protocol != IpProtocol::udp) || headers.ip.is_fragment()) return false;
  key.set_ipv4(four_bytes(headers.ip.source.bytes.data()), four_bytes(headers.ip.destination.bytes.data()),
               four_bytes(headers.ports.data()), protocol);
  return true;
}

}  // namespace detail

/// Reads the flow that the packet is of, as its bytes are now, into `key`. False: it is no IP, or its IP
/// header does not fit; `key` is then of no meaning.
[[nodiscard]] inline bool read_flow_key(Packet& packet, FlowKey& key) noexcept {
  // What has just been parsed on the common way need not be asked for what that found.
  const bool plain =
      packet.has(PacketFlag::parsed) ? detail::is_plain_ipv4(packet) : detail::parse_common(packet);
  if (plain && detail::read_plain_flow_key(packet, key)) [[likely]]
    return true;
  return detail::read_any_flow_key(packet, key);
}

}  // namespace ixyflow
