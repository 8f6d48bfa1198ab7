#include "core/net/ipv6_extensions.hpp"

#include "core/net/headers.hpp"
#include "core/net/layer_offsets.hpp"

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

/// Bytes of the extension header that starts with `header`.
std::uint32_t extension_length(IpProtocol protocol, const std::uint8_t* header) noexcept {
  if (protocol == IpProtocol::fragment) return 8;
  if (protocol == IpProtocol::authentication)
    return (header[1] + 2U) * 4;  // RFC 4302, 2.2: counts 32-bit words, less 2
  return (header[1] + 1U) * 8;
}

}  // namespace

Ipv6Payload find_ipv6_payload(std::span<const std::uint8_t> frame, std::uint32_t l3_offset) noexcept {
  Ipv6Payload payload;
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, l3_offset);
  if (ip == nullptr || ip->version() != 6) return payload;
  const std::size_t end = ip_end(frame, {static_cast<std::uint16_t>(l3_offset), 0, EtherType::ipv6, {}});
  std::size_t offset = l3_offset + sizeof(Ipv6Header);
  payload.protocol = ip->next_header;
  for (int i = 0; i <= kMaxExtensionHeaders; ++i) {
    if (!is_extension(payload.protocol)) {
      if (offset < end && payload.protocol != IpProtocol::none)
        payload.offset = static_cast<std::uint32_t>(offset);
      return payload;
    }
    if (i == kMaxExtensionHeaders || offset + kSmallestExtension > end) return payload;
    const std::uint8_t* header = frame.data() + offset;
    const IpProtocol protocol = payload.protocol;
    payload.protocol = static_cast<IpProtocol>(header[0]);
    offset += extension_length(protocol, header);
    if (protocol == IpProtocol::fragment) {
      const std::uint32_t fragment = static_cast<std::uint32_t>(header[2] << 8 | header[3]);
      payload.fragment = (fragment & 0xfff9) != 0;   // offset (13 bits) and "more fragments" (the last one)
      if ((fragment & 0xfff8) != 0) return payload;  // what follows belongs to the middle of something
    }
  }
  return payload;
}

}  // namespace ixyflow
