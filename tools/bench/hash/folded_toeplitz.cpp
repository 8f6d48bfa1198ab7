#include "tools/bench/hash/folded_toeplitz.hpp"

#include <array>
#include <bit>
#include <utility>

#include "core/net/headers.hpp"

namespace ixyflow::bench {
namespace {

using Table = std::array<std::uint32_t, 256>;

/// The hash of each value of a byte that starts `shift` bits into its word.
constexpr Table make_table(int shift) noexcept {
  constexpr std::uint32_t kKey = 0x6d5a6d5a;
  Table table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte)
    for (int bit = 0; bit < 8; ++bit)
      if ((byte & (0x80U >> bit)) != 0) table[byte] ^= std::rotl(kKey, shift + bit);
  return table;
}
constexpr Table kHigh = make_table(0);
constexpr Table kLow = make_table(8);

/// XOR of the big-endian 16-bit words of `bytes`.
template <class Bytes>
std::uint32_t folded(const Bytes& bytes) noexcept {
  std::uint32_t words = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    words ^= static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  return words;
}

std::uint32_t folded_ports(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  const bool has_ports = layers.ip_protocol == IpProtocol::tcp || layers.ip_protocol == IpProtocol::udp;
  if (layers.l4_offset == 0 || !has_ports || layers.l4_offset + 4U > frame.size()) return 0;
  return folded(frame.subspan(layers.l4_offset, 4));
}

}  // namespace

std::uint32_t folded_toeplitz(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  if (layers.l3_offset == 0 || layers.ether_type != EtherType::ipv4) return 0;
  const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (ip == nullptr || ip->version() != 4) return 0;
  std::uint32_t words =
      folded(ip->source.bytes) ^ folded(ip->destination.bytes) ^ std::to_underlying(ip->protocol);
  if (!ip->is_fragment()) words ^= folded_ports(frame, layers);
  const auto word = static_cast<std::uint16_t>(words);
  return kHigh[word >> 8] ^ kLow[word & 0xff];
}

}  // namespace ixyflow::bench
