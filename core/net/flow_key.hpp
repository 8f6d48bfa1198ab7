#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "core/base/api.hpp"
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
    const Words x = a.words();
    const Words y = b.words();
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < x.size(); ++i) difference |= x[i] ^ y[i];
    return difference == 0;
  }

  /// 64 bits in which every bit of the key counts. Who does not know `seed` cannot make keys that collide.
  [[nodiscard]] std::uint64_t hash(std::uint64_t seed) const noexcept {
    // Folded multiplication, as in wyhash and its relatives: each factor is disguised by the seed.
    const Words w = words();
    const std::uint64_t addresses = fold(w[0] ^ seed, w[2] ^ kFirst ^ seed);
    const std::uint64_t rest = fold(w[1] ^ kSecond ^ seed, w[3] ^ kThird ^ seed);
    return fold(addresses ^ rest ^ w[4], kFirst ^ std::rotl(seed, 32));
  }

 private:
  using Words = std::array<std::uint64_t, 5>;
  __extension__ using Wide = unsigned __int128;
  // Odd numbers without a pattern: digits of pi.
  static constexpr std::uint64_t kFirst = 0x243f'6a88'85a3'08d3;
  static constexpr std::uint64_t kSecond = 0x1319'8a2e'0370'7345;
  static constexpr std::uint64_t kThird = 0xa409'3822'299f'31d1;

  [[nodiscard]] Words words() const noexcept { return std::bit_cast<Words>(*this); }
  [[nodiscard]] static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
};

static_assert(sizeof(FlowKey) == 40);

/// Whether the transport header starts with source and destination port.
[[nodiscard]] constexpr bool begins_with_ports(IpProtocol protocol) noexcept {
  return protocol == IpProtocol::tcp || protocol == IpProtocol::udp || protocol == IpProtocol::sctp ||
         protocol == IpProtocol::dccp || protocol == IpProtocol::udp_lite;
}

namespace detail {

inline void read_ports(std::span<const std::uint8_t> frame, const Layers& layers, FlowKey& key) noexcept {
  if (layers.l4_offset == 0 || !begins_with_ports(key.protocol) || layers.l4_offset + 4U > frame.size())
    return;
  std::memcpy(&key.source_port, frame.data() + layers.l4_offset, 2);
  std::memcpy(&key.destination_port, frame.data() + layers.l4_offset + 2, 2);
}

/// The rest of the key of an IPv6 packet, whose header fits.
IXYFLOW_API void read_ipv6_flow_key(std::span<const std::uint8_t> frame, const Layers& layers,
                                    FlowKey& key) noexcept;

}  // namespace detail

/// Reads the flow of `frame`, whose layers are `layers`, into `key`. False: it is neither IPv4 nor IPv6, or
/// its IP header does not fit; `key` is then of no meaning.
[[nodiscard]] inline bool read_flow_key(std::span<const std::uint8_t> frame, const Layers& layers,
                                        FlowKey& key) noexcept {
  key = {};
  if (layers.l3_offset == 0) return false;
  if (layers.ether_type != EtherType::ipv4) {
    if (layers.ether_type != EtherType::ipv6) return false;
    detail::read_ipv6_flow_key(frame, layers, key);
    return key.version == 6;
  }
  const auto* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (ip == nullptr || ip->version() != 4) [[unlikely]]
    return false;
  key.version = 4;
  key.protocol = ip->protocol;
  std::memcpy(key.source.data(), ip->source.bytes.data(), 4);
  std::memcpy(key.destination.data(), ip->destination.bytes.data(), 4);
  if (!ip->is_fragment()) [[likely]]
    detail::read_ports(frame, layers, key);
  return true;
}

/// "192.0.2.1:5123 > 198.51.100.2:53 udp", "[2001:db8::1]:5123 > [2001:db8::2]:53 tcp",
/// "192.0.2.1 > 198.51.100.2 icmp"; a protocol without a name here as its number.
IXYFLOW_API std::string show(const FlowKey& key);

}  // namespace ixyflow
