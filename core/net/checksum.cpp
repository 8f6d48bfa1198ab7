#include "core/net/checksum.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"

namespace ixyflow {
namespace {

/// A 64-bit ones' complement accumulator. Words are added in the order of this machine: the sum of
/// byte-swapped words is the byte-swapped sum (RFC 1071, 2B), so one swap at the end is enough.
class Accumulator {
 public:
  explicit Accumulator(std::uint64_t sum) noexcept : sum_(sum) {}

  void add(std::uint64_t word) noexcept {
    sum_ += word;
    sum_ += static_cast<std::uint64_t>(sum_ < word);  // the carry comes back in at the other end
  }
  [[nodiscard]] std::uint16_t folded() const noexcept {
    std::uint64_t sum = (sum_ & 0xffffffff) + (sum_ >> 32);
    sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
  }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

 private:
  std::uint64_t sum_;
};

std::uint16_t swap_if_little(std::uint16_t word) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap16(word) : word;
}

std::uint64_t load(const std::uint8_t* bytes, std::size_t count) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

/// The IP header around a transport header, as far as a checksum needs it; no addresses where there is no
/// such thing.
struct Surroundings {
  std::span<const std::uint8_t> source;
  std::span<const std::uint8_t> destination;  ///< the final one
  std::uint32_t end = 0;                      ///< by the length in the header; may be behind the frame
};

/// By the header's length; to the end of the frame where that is 0 (see ip_end).
std::uint32_t stated_end(std::uint32_t start, std::uint32_t length,
                         std::span<const std::uint8_t> frame) noexcept {
  return length != 0 ? start + length : static_cast<std::uint32_t>(frame.size());
}

Surroundings surroundings(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  const std::uint32_t l3 = layers.l3_offset;
  if (layers.ether_type == EtherType::ipv4) {
    const Ipv4Header* ip = header_at<Ipv4Header>(frame, l3);
    if (ip == nullptr || ip->is_fragment()) return {};
    return {frame.subspan(l3 + 12, 4), frame.subspan(l3 + 16, 4),
            stated_end(l3, ip->total_length.value(), frame)};
  }
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, l3);
  if (ip == nullptr) return {};
  const Ipv6Payload payload = find_ipv6_payload(frame, l3);
  if (payload.fragment || (payload.routed && payload.final_destination == 0)) return {};
  return {frame.subspan(l3 + 8, 16), frame.subspan(payload.routed ? payload.final_destination : l3 + 24, 16),
          stated_end(l3 + 40, ip->payload_length.value(), frame)};
}

/// Whether the options of an IPv4 header, which is wholly there, have a source route with hops left.
bool has_open_source_route(std::span<const std::uint8_t> options) noexcept {
  constexpr std::uint8_t kEnd = 0, kNothing = 1, kLoose = 131, kStrict = 137;
  while (!options.empty() && options[0] != kEnd) {
    const std::size_t size =
        options[0] == kNothing || options.size() < 2 ? 1 : std::max<std::size_t>(options[1], 2);
    if (size > options.size()) return false;
    // The third byte says where the next hop stands, counted from 1.
    if ((options[0] == kLoose || options[0] == kStrict) && size > 2 && options[2] <= size) return true;
    options = options.subspan(size);
  }
  return false;
}

/// How a protocol computes its checksum.
struct ChecksumRule {
  std::uint32_t place = 0;    ///< of the checksum in the header
  std::uint32_t covered = 0;  ///< bytes of header and data, from the first one
  std::uint32_t length = 0;   ///< what the pseudo header says; 0: there is none
};

/// UDP-Lite's says how many bytes are covered, in the place of a length; 0: all.
std::optional<ChecksumRule> udp_lite_rule(std::span<const std::uint8_t> segment) noexcept {
  const auto size = static_cast<std::uint32_t>(segment.size());
  const UdpHeader* udp = header_at<UdpHeader>(segment, 0);
  if (udp == nullptr) return std::nullopt;
  const std::uint32_t coverage = udp->length.value() != 0 ? udp->length.value() : size;
  if (coverage < sizeof(UdpHeader) || coverage > size) return std::nullopt;
  return ChecksumRule{6, coverage, size};
}

/// DCCP: the header, whose length is in 32-bit words, and of the data all (0) or so many words less 1.
std::optional<ChecksumRule> dccp_rule(std::span<const std::uint8_t> segment) noexcept {
  const auto size = static_cast<std::uint32_t>(segment.size());
  if (size < 12) return std::nullopt;
  const std::uint32_t header = segment[4] * 4U;
  const std::uint32_t coverage = segment[5] & 15U;
  const std::uint32_t covered = coverage == 0 ? size : header + (coverage - 1) * 4;
  if (header < 12 || header > size) return std::nullopt;
  return ChecksumRule{6, std::min(covered, size), size};
}

std::optional<ChecksumRule> pim_rule(std::span<const std::uint8_t> segment, bool ipv6) noexcept {
  constexpr std::uint8_t kRegister = 0x21;  // version 2, type 1: what it carries has a checksum of its own
  const auto size = static_cast<std::uint32_t>(segment.size());
  const std::uint32_t covered = !segment.empty() && segment[0] == kRegister ? std::min(8U, size) : size;
  return ChecksumRule{2, covered, ipv6 ? covered : 0};
}

std::optional<ChecksumRule> vrrp_rule(std::span<const std::uint8_t> segment, bool ipv6) noexcept {
  const auto size = static_cast<std::uint32_t>(segment.size());
  if (segment.empty() || segment[0] >> 4 != 3) return std::nullopt;
  return ChecksumRule{6, size, ipv6 || internet_checksum(segment) != 0 ? size : 0};
}

std::optional<ChecksumRule> checksum_rule(std::span<const std::uint8_t> segment, IpProtocol protocol,
                                          bool ipv6) noexcept {
  const auto size = static_cast<std::uint32_t>(segment.size());
  switch (protocol) {
    case IpProtocol::tcp:
      return ChecksumRule{16, size, size};
    case IpProtocol::udp:
      return ChecksumRule{6, size, size};
    case IpProtocol::udp_lite:
      return udp_lite_rule(segment);
    case IpProtocol::dccp:
      return dccp_rule(segment);
    case IpProtocol::icmp:
      return ChecksumRule{2, size, 0};
    case IpProtocol::icmp6:
      return ipv6 ? std::optional(ChecksumRule{2, size, size}) : std::nullopt;
    case IpProtocol::hip:
    case IpProtocol::mobility:
      return ChecksumRule{4, size, size};
    case IpProtocol::ospf:  // version 2 has an authentication instead; 3 also over IPv4 (RFC 7949)
      return !segment.empty() && segment[0] == 3 ? std::optional(ChecksumRule{12, size, size}) : std::nullopt;
    case IpProtocol::pim:
      return pim_rule(segment, ipv6);
    case IpProtocol::vrrp:
      return vrrp_rule(segment, ipv6);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::uint16_t checksum_add(std::uint16_t sum, std::span<const std::uint8_t> bytes) noexcept {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  // Two accumulators, because each addition waits for the carry of the one before.
  Accumulator even(swap_if_little(sum));
  Accumulator odd(0);
  for (; left >= 32; left -= 32, at += 32) {
    even.add(load(at, 8));
    odd.add(load(at + 8, 8));
    even.add(load(at + 16, 8));
    odd.add(load(at + 24, 8));
  }
  for (; left >= 8; left -= 8, at += 8) even.add(load(at, 8));
  if (left > 0) odd.add(load(at, left));
  even.add(odd.sum());
  return swap_if_little(even.folded());
}

std::uint16_t pseudo_header_sum(std::span<const std::uint8_t> addresses, IpProtocol protocol,
                                std::uint32_t length) noexcept {
  const std::uint32_t sum = (length >> 16) + (length & 0xffff) + std::to_underlying(protocol);
  const std::uint32_t folded = (sum & 0xffff) + (sum >> 16);
  return checksum_add(static_cast<std::uint16_t>((folded & 0xffff) + (folded >> 16)), addresses);
}

std::uint16_t segment_checksum(std::span<const std::uint8_t> segment, std::span<const std::uint8_t> addresses,
                               IpProtocol protocol) noexcept {
  const std::uint16_t pseudo =
      pseudo_header_sum(addresses, protocol, static_cast<std::uint32_t>(segment.size()));
  const auto checksum = static_cast<std::uint16_t>(~checksum_add(pseudo, segment));
  return protocol == IpProtocol::udp && checksum == 0 ? std::uint16_t{0xffff} : checksum;
}

std::uint32_t pseudo_checksum_place(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  const std::uint32_t end = ip_end(frame, layers);
  if (layers.l4_offset == 0 || layers.l4_offset > end) return 0;
  const auto segment = frame.subspan(layers.l4_offset, end - layers.l4_offset);
  const auto rule = checksum_rule(segment, layers.ip_protocol, layers.ether_type == EtherType::ipv6);
  return rule && rule->length != 0 ? rule->place : 0;
}

bool counts_hidden_address(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  if (layers.ether_type == EtherType::ipv6) return find_ipv6_payload(frame, layers.l3_offset).away;
  const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (ip == nullptr) return false;
  const std::size_t end = std::min<std::size_t>(layers.l3_offset + ip->header_length(), frame.size());
  const std::size_t begin = layers.l3_offset + sizeof(Ipv4Header);
  return end > begin && has_open_source_route(frame.subspan(begin, end - begin));
}

std::optional<std::uint16_t> transport_checksum(std::span<const std::uint8_t> frame,
                                                const Layers& layers) noexcept {
  if (layers.l4_offset == 0 || counts_hidden_address(frame, layers)) return std::nullopt;
  const Surroundings ip = surroundings(frame, layers);
  if (ip.source.empty() || ip.end > frame.size() || ip.end < layers.l4_offset) return std::nullopt;
  const auto segment = frame.subspan(layers.l4_offset, ip.end - layers.l4_offset);
  const auto rule = checksum_rule(segment, layers.ip_protocol, layers.ether_type == EtherType::ipv6);
  if (!rule || rule->covered < rule->place + 2) return std::nullopt;

  std::uint16_t sum = 0;
  if (rule->length != 0)
    sum = checksum_add(pseudo_header_sum(ip.source, layers.ip_protocol, rule->length), ip.destination);
  sum = checksum_add(sum, segment.first(rule->place));
  sum = checksum_add(sum, segment.subspan(rule->place + 2, rule->covered - rule->place - 2));
  const auto checksum = static_cast<std::uint16_t>(~sum);
  const bool never_zero = layers.ip_protocol == IpProtocol::udp || layers.ip_protocol == IpProtocol::udp_lite;
  return never_zero && checksum == 0 ? static_cast<std::uint16_t>(0xffff) : checksum;
}

}  // namespace ixyflow
