#include "core/net/ipv6_extensions.hpp"

#include <algorithm>

#include "core/net/headers.hpp"

namespace ixyflow {
namespace {

constexpr std::uint32_t kSmallestExtension = 8;

/// IANA, "IPv6 Extension Header Types". ESP is not among them: what follows it is encrypted.
bool is_extension(IpProtocol protocol) noexcept {
  switch (protocol) {
    case IpProtocol::hop_by_hop:
    case IpProtocol::routing:
    case IpProtocol::fragment:
    case IpProtocol::authentication:
    case IpProtocol::destination:
    case IpProtocol::mobility:
    case IpProtocol::hip:
    case IpProtocol::shim6:
      return true;
    default:
      return false;
  }
}

/// An extension header that is a message of its own when nothing follows: RFC 6275, 6.1.1; RFC 7401, 5.1.
bool is_message(IpProtocol protocol) noexcept {
  return protocol == IpProtocol::mobility || protocol == IpProtocol::hip;
}

/// Bytes of the extension header that starts with `header`.
std::uint32_t extension_length(IpProtocol protocol, const std::uint8_t* header) noexcept {
  if (protocol == IpProtocol::fragment) return 8;
  if (protocol == IpProtocol::authentication)
    return (header[1] + 2U) * 4;  // RFC 4302, 2.2: counts 32-bit words, less 2
  return (header[1] + 1U) * 8;
}

/// The first half of a routing header (RFC 8200, 4.4): addresses follow from its byte 8 on.
struct RoutingHeader {
  IpProtocol next;
  std::uint8_t length;  ///< in 8 bytes, without the first 8
  std::uint8_t type;
  std::uint8_t segments_left;
};

/// Where the final destination stands in a routing header of `size` bytes; 0 for types that hide it.
std::uint32_t place_of_final_destination(const std::uint8_t* header, std::uint32_t size) noexcept {
  constexpr std::uint32_t kFirst = 8;
  constexpr std::uint32_t kAddress = sizeof(Ipv6Address);
  if (size < kFirst + kAddress) return 0;
  switch (reinterpret_cast<const RoutingHeader*>(header)->type) {
    case 0:  // source route, RFC 2460, 4.4
    case 2:  // home address, RFC 6275, 6.4
      return kFirst + (size - kFirst) / kAddress * kAddress - kAddress;
    case 4:  // segments, the last one first: RFC 8754, 2
      return kFirst;
    default:
      return 0;
  }
}

/// Where the data of an option stands in a header of options of `size` bytes (RFC 8200, 4.2); 0: it is not
/// there, or has another length.
std::uint32_t place_of_option(const std::uint8_t* header, std::uint32_t size, std::uint8_t type,
                              std::uint32_t length) noexcept {
  constexpr std::uint8_t kPad1 = 0;
  for (std::uint32_t at = 2; at + 2 <= size;) {
    if (header[at] == type && header[at + 1] == length && at + 2 + length <= size) return at + 2;
    at += header[at] == kPad1 ? 1U : 2U + header[at + 1];
  }
  return 0;
}

/// The jumbo payload option of a hop-by-hop header of `size` bytes (RFC 2675, 2), or 0.
std::uint32_t jumbo_length(const std::uint8_t* header, std::uint32_t size) noexcept {
  constexpr std::uint8_t kJumbo = 0xc2;
  const std::uint32_t place = place_of_option(header, size, kJumbo, sizeof(Be32));
  return place != 0 ? reinterpret_cast<const Be32*>(header + place)->value() : 0;
}

/// Notes what an extension header of `size` bytes at `offset`, which is wholly there, says of the packet.
void note_extension(Ipv6Payload& payload, IpProtocol protocol, const std::uint8_t* header,
                    std::uint32_t offset, std::uint32_t size) noexcept {
  constexpr std::uint8_t kHomeAddress = 0xc9;
  if (protocol == IpProtocol::authentication) payload.authenticated = true;
  if (protocol == IpProtocol::destination)
    payload.away |= place_of_option(header, size, kHomeAddress, sizeof(Ipv6Address)) != 0;
  if (protocol != IpProtocol::routing || reinterpret_cast<const RoutingHeader*>(header)->segments_left == 0)
    return;
  const std::uint32_t place = place_of_final_destination(header, size);
  payload.routed = true;
  payload.final_destination = place != 0 ? offset + place : 0;
}

}  // namespace

Ipv6Payload find_ipv6_payload(std::span<const std::uint8_t> frame, std::uint32_t l3_offset) noexcept {
  Ipv6Payload payload;
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, l3_offset);
  if (ip == nullptr || ip->version() != 6) return payload;
  std::size_t offset = l3_offset + sizeof(Ipv6Header);
  const std::uint32_t length = ip->payload_length.value();
  const std::size_t end = length == 0 ? frame.size() : std::min(frame.size(), offset + length);
  payload.protocol = ip->next_header;
  for (int i = 0; i <= kMaxExtensionHeaders; ++i) {
    if (!is_extension(payload.protocol)) {
      const bool has_payload =
          length != 0 || payload.jumbo_length != 0 || payload.protocol == IpProtocol::tcp;
      if (offset < end && payload.protocol != IpProtocol::none && has_payload)
        payload.offset = static_cast<std::uint32_t>(offset);
      return payload;
    }
    if (i == kMaxExtensionHeaders || offset + kSmallestExtension > end) return payload;
    const std::uint8_t* header = frame.data() + offset;
    const IpProtocol protocol = payload.protocol;
    const std::uint32_t size = extension_length(protocol, header);
    if (is_message(protocol) && static_cast<IpProtocol>(header[0]) == IpProtocol::none && length != 0) {
      payload.offset = static_cast<std::uint32_t>(offset);
      return payload;
    }
    payload.protocol = static_cast<IpProtocol>(header[0]);
    if (offset + size <= end) {
      note_extension(payload, protocol, header, static_cast<std::uint32_t>(offset), size);
      if (length == 0 && protocol == IpProtocol::hop_by_hop)
        payload.jumbo_length = jumbo_length(header, size);
    }
    offset += size;
    if (protocol == IpProtocol::fragment) {
      const std::uint32_t fragment = static_cast<std::uint32_t>(header[2] << 8 | header[3]);
      payload.fragment = (fragment & 0xfff9) != 0;   // offset (13 bits) and "more fragments" (the last one)
      if ((fragment & 0xfff8) != 0) return payload;  // what follows belongs to the middle of something
    }
  }
  return payload;
}

}  // namespace ixyflow
