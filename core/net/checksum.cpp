#include "core/net/checksum.hpp"

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

/// The place of the checksum in its header, or nothing where we do not know the protocol's.
std::optional<std::uint32_t> checksum_offset(IpProtocol protocol) noexcept {
  switch (protocol) {
    case IpProtocol::tcp:
      return 16;
    case IpProtocol::udp:
      return 6;
    case IpProtocol::icmp:
    case IpProtocol::icmp6:
      return 2;
    default:
      return std::nullopt;
  }
}

/// The IP header around a transport header, as far as a checksum needs it; no addresses where there is no
/// such thing.
struct Surroundings {
  std::span<const std::uint8_t> addresses;
  std::uint32_t end = 0;  ///< by the length in the header; may be behind the frame
};

Surroundings surroundings(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  if (layers.ether_type == EtherType::ipv4) {
    const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
    if (ip == nullptr || ip->is_fragment()) return {};
    return {frame.subspan(layers.l3_offset + 12U, 8),
            layers.l3_offset + std::uint32_t{ip->total_length.value()}};
  }
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
  if (ip == nullptr || find_ipv6_payload(frame, layers.l3_offset).fragment) return {};
  return {frame.subspan(layers.l3_offset + 8U, 32), layers.l3_offset + 40U + ip->payload_length.value()};
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

std::optional<std::uint16_t> transport_checksum(std::span<const std::uint8_t> frame,
                                                const Layers& layers) noexcept {
  const auto field = checksum_offset(layers.ip_protocol);
  if (layers.l4_offset == 0 || !field) return std::nullopt;
  const Surroundings ip = surroundings(frame, layers);
  const std::uint32_t l4 = layers.l4_offset;
  if (ip.addresses.empty() || ip.end > frame.size() || ip.end < l4 + *field + 2) return std::nullopt;

  std::uint16_t sum = 0;
  if (layers.ip_protocol != IpProtocol::icmp)
    sum = pseudo_header_sum(ip.addresses, layers.ip_protocol, ip.end - l4);
  sum = checksum_add(sum, frame.subspan(l4, *field));
  sum = checksum_add(sum, frame.subspan(l4 + *field + 2, ip.end - l4 - *field - 2));
  const auto checksum = static_cast<std::uint16_t>(~sum);
  const bool udp = layers.ip_protocol == IpProtocol::udp;
  return udp && checksum == 0 ? static_cast<std::uint16_t>(0xffff) : checksum;
}

}  // namespace ixyflow
