#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/api.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {

/// Ones' complement sum of `bytes` taken as big-endian 16-bit words (an odd last byte is padded with 0),
/// added to `sum`, folded to 16 bits: RFC 1071. Not inverted.
IXYFLOW_API std::uint16_t checksum_add(std::uint16_t sum, std::span<const std::uint8_t> bytes) noexcept;

/// The Internet checksum of `bytes` (RFC 1071): what stands in the header when its checksum field counted as
/// 0.
[[nodiscard]] inline std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) noexcept {
  return static_cast<std::uint16_t>(~checksum_add(0, bytes));
}

/// The checksum after a 16-bit word it covers changed from `before` to `after`: RFC 1624, equation 3,
/// HC' = ~(~HC + ~m + m').
[[nodiscard]] constexpr std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t before,
                                                      std::uint16_t after) noexcept {
  std::uint32_t sum = static_cast<std::uint16_t>(~checksum) +
                      static_cast<std::uint32_t>(static_cast<std::uint16_t>(~before)) + after;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

/// The sum of an IPv4 or IPv6 pseudo header (RFC 9293 3.1, RFC 8200 8.1): both addresses, protocol, and the
/// length of the transport header with its data. Not inverted.
IXYFLOW_API std::uint16_t pseudo_header_sum(std::span<const std::uint8_t> addresses, IpProtocol protocol,
                                            std::uint32_t length) noexcept;

/// The checksum of a TCP, UDP or ICMPv6 header whose checksum field is 0, with its data, between `addresses`
/// (source and destination, both IPv4 or both IPv6). A UDP checksum that comes out as 0 is 0xffff (RFC 768).
IXYFLOW_API std::uint16_t segment_checksum(std::span<const std::uint8_t> segment,
                                           std::span<const std::uint8_t> addresses,
                                           IpProtocol protocol) noexcept;

/// Where the checksum stands, from the start of the transport header of the frame, when it covers the IP
/// addresses too, by a pseudo header; 0 where there is none such. Of TCP, UDP, UDP-Lite, DCCP, ICMPv6, HIP,
/// and of OSPF (version 3), PIM and VRRP over IPv6. VRRP version 3 over IPv4 is computed in both ways (RFC
/// 5798, 5.2.8; RFC 9568, 5.2.8): what is right without a pseudo header counts as one that has none. SCTP has
/// a CRC over itself alone.
IXYFLOW_API std::uint32_t pseudo_checksum_place(std::span<const std::uint8_t> frame,
                                                const Layers& layers) noexcept;

/// Whether checksums behind the IP header count another address than one that stands in it, and are not to be
/// corrected by how that changes: an IPv4 source route has hops left (RFC 791, 3.1), or an IPv6 packet has a
/// home address option (RFC 6275, 6.3). Routing headers of IPv6 are another matter: see Ipv6Payload.
IXYFLOW_API bool counts_hidden_address(std::span<const std::uint8_t> frame, const Layers& layers) noexcept;

/// The checksum that the transport header of the frame should have, of the protocols above, and of ICMP and
/// PIM over IPv4. It is computed over all that the IP header says is there: padding behind it does not count.
/// UDP-Lite (RFC 3828, 3.1), DCCP (RFC 4340, 9.2) and PIM Register messages (RFC 7761, 4.9) say themselves
/// how much of it is covered. A checksum of UDP and UDP-Lite that comes out as 0 is 0xffff. Behind a routing
/// header the final destination counts (RFC 8200, 8.1). Nothing for other protocols, for fragments, where the
/// final destination is not known, and for frames that end before the IP packet does.
IXYFLOW_API std::optional<std::uint16_t> transport_checksum(std::span<const std::uint8_t> frame,
                                                            const Layers& layers) noexcept;

}  // namespace ixyflow
