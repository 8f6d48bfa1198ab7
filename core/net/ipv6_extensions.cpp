#include "core/net/ipv6_extensions.hpp"

#include "core/net/headers.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {
namespace {

/// Protocol numbers of extension headers (IANA, "IPv6 Extension Header Types"). ESP is not among them: what
/// follows it is encrypted.
enum Extension : std::uint8_t {
  kHopByHop = 0,
  kRouting = 43,
  kFragment = 44,
  kAuthentication = 51,
  kDestination = 60,
  kMobility = 135,
  kHip = 139,
  kShim6 = 140,
};

constexpr std::uint32_t kSmallestExtension = 8;

bool is_extension(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case kHopByHop:
    case kRouting:
    case kFragment:
    case kAuthentication:
    case kDestination:
    case kMobility:
    case kHip:
    case kShim6:
      return true;
    default:
      return false;
  }
}

/// Bytes of the extension header that starts with `header`.
std::uint32_t extension_length(std::uint8_t protocol, const std::uint8_t* header) noexcept {
  if (protocol == kFragment) return 8;
  if (protocol == kAuthentication) return (header[1] + 2U) * 4;  // RFC 4302, 2.2: counts 32-bit words, less 2
  return (header[1] + 1U) * 8;
}

}  // namespace

Ipv6Payload find_ipv6_payload(std::span<const std::uint8_t> frame, std::uint32_t l3_offset) noexcept {
  Ipv6Payload payload;
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, l3_offset);
  if (ip == nullptr || ip->version() != 6) return payload;
  const std::size_t end = ip_end(frame, {static_cast<std::uint16_t>(l3_offset), 0, 0x86dd, 0});
  std::size_t offset = l3_offset + sizeof(Ipv6Header);
  payload.protocol = ip->next_header;
  for (int i = 0; i <= kMaxExtensionHeaders; ++i) {
    if (!is_extension(payload.protocol)) {
      if (offset < end && payload.protocol != static_cast<std::uint8_t>(IpProtocol::none))
        payload.offset = static_cast<std::uint32_t>(offset);
      return payload;
    }
    if (i == kMaxExtensionHeaders || offset + kSmallestExtension > end) return payload;
    const std::uint8_t* header = frame.data() + offset;
    const std::uint8_t protocol = payload.protocol;
    payload.protocol = header[0];
    offset += extension_length(protocol, header);
    if (protocol == kFragment) {
      const std::uint32_t fragment = static_cast<std::uint32_t>(header[2] << 8 | header[3]);
      payload.fragment = (fragment & 0xfff9) != 0;   // offset (13 bits) and "more fragments" (the last one)
      if ((fragment & 0xfff8) != 0) return payload;  // what follows belongs to the middle of something
    }
  }
  return payload;
}

}  // namespace ixyflow
