#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/headers.hpp"

/// Writing headers. Each function writes one at the start of the bytes that it is given, which reach to the
/// end of what the header is responsible for: of a packet for IP, of a segment for UDP. So lengths follow
/// from the bytes, and so do checksums: what is behind the header must be there before. Null, and nothing
/// written, when the header does not fit, or the bytes are more than its length field can say. From the
/// outermost header inwards:
///
///   put_ethernet(frame, {destination, source, BeEtherType(EtherType::ipv4)});
///   Ipv4Header* ip = put_ipv4(frame.subspan(14), {.source = here, .destination = there, .protocol =
///   IpProtocol::udp}); put_udp(frame.subspan(34), {.source_port = 67, .destination_port = 68},
///   addresses_of(*ip));
namespace ixyflow {

/// Source and destination as they stand in an IP header, one behind the other: 8 or 32 bytes, for the
/// checksums of what follows.
using IpAddresses = std::span<const std::uint8_t>;
[[nodiscard]] inline IpAddresses addresses_of(const Ipv4Header& header) noexcept {
  return {header.source.bytes.data(), 2 * sizeof(Ipv4Address)};
}
[[nodiscard]] inline IpAddresses addresses_of(const Ipv6Header& header) noexcept {
  return {header.source.bytes.data(), 2 * sizeof(Ipv6Address)};
}

IXYFLOW_API EtherHeader* put_ethernet(std::span<std::uint8_t> frame, const EtherHeader& header) noexcept;
/// `tag` begins where the EtherType of the tag ends.
IXYFLOW_API VlanTag* put_vlan(std::span<std::uint8_t> tag, std::uint16_t tci, EtherType type) noexcept;

/// What is the sender's to choose; RFC 791, 3.1.
struct Ipv4Fields {
  Ipv4Address source;
  Ipv4Address destination;
  IpProtocol protocol{};
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t identification = 0;
  std::uint16_t fragment = 0;  ///< flags and offset, as in Ipv4Header
};
/// Without options.
IXYFLOW_API Ipv4Header* put_ipv4(std::span<std::uint8_t> packet, const Ipv4Fields& fields) noexcept;
/// Makes the checksum of the header right, options included, which must be there.
IXYFLOW_API void put_checksum(Ipv4Header& header) noexcept;

/// RFC 8200, 3.
struct Ipv6Fields {
  Ipv6Address source;
  Ipv6Address destination;
  IpProtocol next_header{};
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;  ///< 20 bits
};
IXYFLOW_API Ipv6Header* put_ipv6(std::span<std::uint8_t> packet, const Ipv6Fields& fields) noexcept;

/// RFC 768.
struct UdpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};
/// Without `addresses` there is no checksum, which IPv4 allows, and IPv6 around tunnels (RFC 6935).
IXYFLOW_API UdpHeader* put_udp(std::span<std::uint8_t> segment, const UdpFields& fields,
                               IpAddresses addresses = {}) noexcept;
/// Makes the checksum right, as after a change; false when there is no room for the header.
IXYFLOW_API bool put_udp_checksum(std::span<std::uint8_t> segment, IpAddresses addresses) noexcept;

/// RFC 9293, 3.1.
struct TcpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;  ///< bits of tcp_flag
  std::uint16_t window = 0xffff;
};
/// Without options.
IXYFLOW_API TcpHeader* put_tcp(std::span<std::uint8_t> segment, const TcpFields& fields,
                               IpAddresses addresses) noexcept;
IXYFLOW_API bool put_tcp_checksum(std::span<std::uint8_t> segment, IpAddresses addresses) noexcept;

/// RFC 792. `rest` is what the type wants in the second word.
IXYFLOW_API IcmpHeader* put_icmp(std::span<std::uint8_t> message, IcmpType type, std::uint8_t code,
                                 std::uint32_t rest) noexcept;
/// RFC 4443, 2.1 and 2.3.
IXYFLOW_API IcmpHeader* put_icmp6(std::span<std::uint8_t> message, Icmp6Type type, std::uint8_t code,
                                  std::uint32_t rest, IpAddresses addresses) noexcept;

/// RFC 826.
struct ArpFields {
  ArpOperation operation{};
  EtherAddress sender;
  Ipv4Address sender_ip;
  EtherAddress target;  ///< of a request: 0
  Ipv4Address target_ip;
};
IXYFLOW_API ArpMessage* put_arp(std::span<std::uint8_t> message, const ArpFields& fields) noexcept;

/// RFC 2784, without the fields that are optional.
IXYFLOW_API GreHeader* put_gre(std::span<std::uint8_t> packet, EtherType protocol) noexcept;
/// RFC 7348, 5. `vni` has 24 bits.
IXYFLOW_API VxlanHeader* put_vxlan(std::span<std::uint8_t> packet, std::uint32_t vni) noexcept;

}  // namespace ixyflow
