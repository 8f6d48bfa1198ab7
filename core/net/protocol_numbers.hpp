#pragma once

#include <cstdint>

#include "core/base/big_endian.hpp"

namespace ixyflow {

/// What an Ethernet frame or a VLAN tag says of what follows. Below 0x600 it is no type but the length of an
/// IEEE 802.3 frame.
enum class EtherType : std::uint16_t {
  ipv4 = 0x0800,
  arp = 0x0806,
  vlan = 0x8100,  ///< IEEE 802.1Q C-tag
  ipv6 = 0x86dd,
  qinq = 0x88a8,                  ///< IEEE 802.1ad S-tag
  qinq_old = 0x9100,              ///< S-tag before 802.1ad
  transparent_ethernet = 0x6558,  ///< a whole frame, in GRE
};

using BeEtherType = BigEndian<EtherType>;

/// Whether a VLAN tag follows.
[[nodiscard]] constexpr bool is_vlan_type(EtherType type) noexcept {
  return type == EtherType::vlan || type == EtherType::qinq || type == EtherType::qinq_old;
}

/// What an IPv4 or IPv6 header says of what follows (IANA, "Protocol Numbers"): those that somebody here
/// knows.
enum class IpProtocol : std::uint8_t {
  hop_by_hop = 0,  ///< extension header of IPv6
  icmp = 1,
  ipv4 = 4,  ///< IPv4 in IP
  tcp = 6,
  udp = 17,
  ipv6 = 41,  ///< IPv6 in IP
  dccp = 33,
  routing = 43,   ///< extension header of IPv6
  fragment = 44,  ///< extension header of IPv6
  gre = 47,
  esp = 50,
  authentication = 51,  ///< extension header of IPv6
  icmp6 = 58,
  none = 59,         ///< IPv6: nothing follows
  destination = 60,  ///< extension header of IPv6
  ospf = 89,
  pim = 103,
  vrrp = 112,  ///< CARP, too
  sctp = 132,
  mobility = 135,  ///< extension header of IPv6
  udp_lite = 136,
  hip = 139,    ///< extension header of IPv6
  shim6 = 140,  ///< extension header of IPv6
};

/// RFC 826.
enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

/// IANA, "ICMP Type Numbers" (RFC 792).
enum class IcmpType : std::uint8_t {
  echo_reply = 0,
  unreachable = 3,
  redirect = 5,
  echo_request = 8,
  time_exceeded = 11,
  parameter_problem = 12,
};

/// IANA, "ICMPv6 type Numbers" (RFC 4443, RFC 4861).
enum class Icmp6Type : std::uint8_t {
  unreachable = 1,
  packet_too_big = 2,
  time_exceeded = 3,
  parameter_problem = 4,
  echo_request = 128,
  echo_reply = 129,
  router_solicitation = 133,
  router_advertisement = 134,
  neighbour_solicitation = 135,
  neighbour_advertisement = 136,
  redirect = 137,
};

/// UDP port of VXLAN (RFC 7348, 5).
inline constexpr std::uint16_t kVxlanPort = 4789;

}  // namespace ixyflow
