#include "core/net/flow_hash.hpp"

#include <array>
#include <bit>
#include <utility>

#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"

namespace ixyflow {
namespace {

/// The key 0x6d5a, repeated (Woo and Park, "Scalable TCP Session Monitoring with Symmetric Receive-side
/// Scaling", 2012). A Toeplitz hash XORs, for every set bit of its input, the 32 bits of the key that start
/// at that bit. As the key repeats every 16 bits, these depend on the bit's place in its 16-bit word only:
/// the words can be XORed first and hashed once, and exchanging source and destination changes nothing.
constexpr std::uint32_t kKey = 0x6d5a6d5a;

using Table = std::array<std::uint32_t, 256>;

/// The hash of each value of a byte that starts `shift` bits into its word.
constexpr Table make_table(int shift) noexcept {
  Table table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte)
    for (int bit = 0; bit < 8; ++bit)
      if ((byte & (0x80U >> bit)) != 0) table[byte] ^= std::rotl(kKey, shift + bit);
  return table;
}
constexpr Table kHigh = make_table(0);
constexpr Table kLow = make_table(8);

std::uint32_t toeplitz(std::uint16_t word) noexcept {
  return kHigh[word >> 8] ^ kLow[word & 0xff];
}

/// XOR of the big-endian 16-bit words of `Bytes`.
template <class Bytes>
std::uint32_t folded(const Bytes& bytes) noexcept {
  std::uint32_t words = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    words ^= static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  return words;
}

/// Whether the transport header starts with source and destination port.
bool has_ports(IpProtocol protocol) noexcept {
  return protocol == IpProtocol::tcp || protocol == IpProtocol::udp || protocol == IpProtocol::sctp ||
         protocol == IpProtocol::dccp || protocol == IpProtocol::udp_lite;
}

std::uint32_t folded_ports(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  if (layers.l4_offset == 0 || !has_ports(layers.ip_protocol) || layers.l4_offset + 4U > frame.size())
    return 0;
  return folded(frame.subspan(layers.l4_offset, 4));
}

std::uint32_t folded_ipv4(std::span<const std::uint8_t> frame, const Ipv4Header& ip,
                          const Layers& layers) noexcept {
  const std::uint32_t words =
      folded(ip.source.bytes) ^ folded(ip.destination.bytes) ^ std::to_underlying(ip.protocol);
  return ip.is_fragment() ? words : words ^ folded_ports(frame, layers);
}

/// Fragments hash the number of the fragment header as their protocol: in later ones nobody knows the real
/// one.
std::uint32_t folded_ipv6(std::span<const std::uint8_t> frame, const Ipv6Header& ip,
                          const Layers& layers) noexcept {
  const std::uint32_t words = folded(ip.source.bytes) ^ folded(ip.destination.bytes);
  const bool extended = layers.l4_offset != layers.l3_offset + sizeof(Ipv6Header);
  if (extended && find_ipv6_payload(frame, layers.l3_offset).fragment)
    return words ^ std::to_underlying(IpProtocol::fragment);
  return words ^ std::to_underlying(layers.ip_protocol) ^ folded_ports(frame, layers);
}

std::uint32_t folded_flow(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  if (layers.l3_offset != 0 && layers.ether_type == EtherType::ipv4) {
    const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
    if (ip != nullptr && ip->version() == 4) [[likely]]
      return folded_ipv4(frame, *ip, layers);
  }
  if (layers.l3_offset != 0 && layers.ether_type == EtherType::ipv6) {
    const Ipv6Header* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
    if (ip != nullptr && ip->version() == 6) return folded_ipv6(frame, *ip, layers);
  }
  const EtherHeader* ether = header_at<EtherHeader>(frame, 0);
  if (ether == nullptr) return 0;
  return folded(ether->destination.bytes) ^ folded(ether->source.bytes) ^
         std::to_underlying(layers.ether_type);
}

}  // namespace

std::uint32_t symmetric_flow_hash(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  return toeplitz(static_cast<std::uint16_t>(folded_flow(frame, layers)));
}

}  // namespace ixyflow
