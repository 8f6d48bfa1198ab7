#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "core/base/api.hpp"
#include "core/base/secret_hash.hpp"
#include "core/net/addresses.hpp"
#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"
#include "core/net/layer_offsets.hpp"

namespace ixyflow {

/// Which flow a packet is of: the 5-tuple, exactly, as it stands in the packet. The two directions of a
/// connection are two flows. The key of flow tables.
///
/// All fragments of IP datagrams between two hosts, the first one too, are one flow without ports, because
/// later ones do not have them; its protocol is that of the header, and IpProtocol::fragment over IPv6.
/// Protocols without ports (ICMP, ESP, GRE) are one flow per pair of hosts, as are packets whose ports a
/// capture cut.
struct alignas(8) FlowKey {
  std::array<std::uint8_t, 16> source{};  ///< an IPv4 address takes the first four bytes
  std::array<std::uint8_t, 16> destination{};
  Be16 source_port{};
  Be16 destination_port{};
  IpProtocol protocol{};      ///< behind all IPv6 extension headers
  std::uint8_t version = 0;   ///< of IP: 4 or 6
  std::uint16_t unused_ = 0;  ///< so that all bytes of the object count

  friend bool operator==(const FlowKey& a, const FlowKey& b) noexcept {
    const Two halves = (a.two(0) ^ b.two(0)) | (a.two(2) ^ b.two(2));
    return ((halves[0] | halves[1]) | (a.word(4) ^ b.word(4))) == 0;
  }

  /// That of the other direction of the connection.
  [[nodiscard]] FlowKey reversed() const noexcept {
    FlowKey key = *this;
    std::swap(key.source, key.destination);
    std::swap(key.source_port, key.destination_port);
    return key;
  }

  /// 64 bits in which every bit of the key counts. Who does not know `seed` cannot make keys that collide.
  [[nodiscard]] std::uint64_t hash(std::uint64_t seed) const noexcept {
    // Each factor is disguised by the seed. What counts up, as ports do, goes through two products: in one,
    // neighbours stay neighbours, and with one seed in thirty a thousand of them share a few buckets.
    const std::uint64_t all =
        is_ipv4() ? folded_product(word(0) ^ word(2) << 32 ^ seed, word(4) ^ kFirst ^ std::rotl(seed, 32))
                  : hash_ipv6(seed);
    return folded_product(all ^ seed, kSecond ^ std::rotl(seed, 16));
  }

  /// Of an IPv4 packet: addresses and ports (the source's first) as they lie there, each read as one number.
  void set_ipv4(std::uint32_t from, std::uint32_t to, std::uint32_t ports, IpProtocol behind) noexcept {
    static_assert(std::endian::native == std::endian::little);
    // Whole words: what reads these next would otherwise wait for several stores to come together.
    set_word(0, from);
    set_word(1, 0);
    set_word(2, to);
    set_word(3, 0);
    set_word(4, ports | std::uint64_t{std::to_underlying(behind)} << 32 | std::uint64_t{4} << 40);
  }

 private:
  // Odd numbers without a pattern: digits of pi.
  static constexpr std::uint64_t kFirst = 0x243f'6a88'85a3'08d3;
  static constexpr std::uint64_t kSecond = 0x1319'8a2e'0370'7345;
  static constexpr std::uint64_t kThird = 0xa409'3822'299f'31d1;

  using Two [[gnu::vector_size(16)]] = std::uint64_t;

  [[nodiscard]] bool is_ipv4() const noexcept { return word(4) >> 40 == 4; }
  [[nodiscard]] std::uint64_t hash_ipv6(std::uint64_t seed) const noexcept {
    const std::uint64_t addresses = folded_product(word(0) ^ seed, word(2) ^ kFirst ^ seed);
    const std::uint64_t rest = folded_product(word(1) ^ kSecond ^ seed, word(3) ^ kThird ^ seed);
    return folded_product(addresses ^ rest ^ word(4), kFirst ^ std::rotl(seed, 32));
  }

  [[nodiscard]] Two two(std::size_t i) const noexcept {
    Two words;
    std::memcpy(&words, reinterpret_cast<const unsigned char*>(this) + i * sizeof(std::uint64_t),
                sizeof words);
    return words;
  }
  [[nodiscard]] std::uint64_t word(std::size_t i) const noexcept {
    std::uint64_t word;
    std::memcpy(&word, reinterpret_cast<const unsigned char*>(this) + i * sizeof word, sizeof word);
    return word;
  }
  void set_word(std::size_t i, std::uint64_t word) noexcept {
    std::memcpy(reinterpret_cast<unsigned char*>(this) + i * sizeof word, &word, sizeof word);
  }
};

static_assert(sizeof(FlowKey) == 40);

namespace detail {
/// A bit for each protocol of begins_with_ports.
inline constexpr std::array<std::uint64_t, 4> kWithPorts = [] {
  std::array<std::uint64_t, 4> bits{};
  for (const IpProtocol protocol :
       {IpProtocol::tcp, IpProtocol::udp, IpProtocol::dccp, IpProtocol::sctp, IpProtocol::udp_lite})
    bits[std::to_underlying(protocol) / 64] |= std::uint64_t{1} << std::to_underlying(protocol) % 64;
  return bits;
}();
}  // namespace detail

/// Whether the transport header starts with source and destination port. Without a branch: nobody can guess
/// the protocol of the next packet.
[[nodiscard]] constexpr bool begins_with_ports(IpProtocol protocol) noexcept {
  const unsigned number = std::to_underlying(protocol);
  return (detail::kWithPorts[number / 64] >> number % 64 & 1) != 0;
}

namespace detail {

inline std::uint32_t four_bytes(const std::uint8_t* bytes) noexcept {
  std::uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// The rest of the key of an IPv6 packet, whose header fits.
IXYFLOW_API void read_ipv6_flow_key(std::span<const std::uint8_t> frame, const Layers& layers,
                                    FlowKey& key) noexcept;

}  // namespace detail

/// Reads the flow of `frame`, whose layers are `layers`, into `key`. False: it is neither IPv4 nor IPv6, or
/// its IP header does not fit; `key` is then of no meaning.
[[nodiscard]] inline bool read_flow_key(std::span<const std::uint8_t> frame, const Layers& layers,
                                        FlowKey& key) noexcept {
  if (layers.ether_type != EtherType::ipv4) [[unlikely]] {
    key = {};
    if (layers.ether_type == EtherType::ipv6 && layers.l3_offset != 0)
      detail::read_ipv6_flow_key(frame, layers, key);
    return key.version == 6;
  }
  const auto* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (layers.l3_offset == 0 || ip == nullptr || ip->version() != 4) [[unlikely]]
    return false;
  // Without a branch for each: what comes next is anybody's guess.
  const bool ports = (unsigned{layers.l4_offset != 0} & unsigned{layers.l4_offset + 4U <= frame.size()} &
                      unsigned{begins_with_ports(ip->protocol)} & unsigned{!ip->is_fragment()}) != 0;
  const std::uint8_t* const at = frame.data() + (ports ? layers.l4_offset : layers.l3_offset);
  key.set_ipv4(detail::four_bytes(ip->source.bytes.data()), detail::four_bytes(ip->destination.bytes.data()),
               detail::four_bytes(at) & (ports ? ~0U : 0U), ip->protocol);
  return true;
}

/// "192.0.2.1:5123 > 198.51.100.2:53 udp", "[2001:db8::1]:5123 > [2001:db8::2]:53 tcp",
/// "192.0.2.1 > 198.51.100.2 icmp"; a protocol without a name here as its number.
IXYFLOW_API std::string show(const FlowKey& key);

}  // namespace ixyflow
