#include "core/net/flow/flow_hash.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/base/dice.hpp"
#include "core/net/flow/flow_key.hpp"
#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"

namespace ixyflow {
namespace {

/// Numbers that nobody outside knows, by which nobody can tell which flows have the same hash.
struct HashKey {
  std::uint64_t pair;        ///< for the two endpoints
  std::uint64_t address[2];  ///< for the two halves of an IPv6 address
};
constexpr HashKey make_key(std::uint64_t seed) noexcept {
  Dice dice(seed);
  HashKey key{};
  key.pair = dice.next();
  for (std::uint64_t& word : key.address) word = dice.next();
  return key;
}
constinit HashKey hash_key = make_key(0);

/// The product of two words, folded: the low bits of its lower half depend on few bits of the words, and so
/// do the high bits of its upper half.
inline std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Product = unsigned __int128;
  const Product product = static_cast<Product>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Of two endpoints in either order: (a + key) * (b + key). The order does not matter, but that is all that
/// is lost: the product is a polynomial of the key, the same for no two pairs, and so for whoever does not
/// know the key two given pairs hardly ever agree, as with NH (RFC 4418, 5.2). To sort them instead would
/// take a branch that nobody can predict. `kind` tells apart what has the same endpoints: a protocol, an
/// EtherType.
inline std::uint32_t hash_pair(std::uint64_t a, std::uint64_t b, std::uint16_t kind) noexcept {
  const std::uint64_t key = hash_key.pair + (std::uint64_t{kind} << 48);
  const std::uint64_t hash = folded_product(a + key, b + key);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

// Bytes are loaded as they lie: a hash needs no order but its own.
template <class Word>
inline Word word_at(const void* bytes) noexcept {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// begins_with_ports, at once for nearly all packets.
inline bool has_ports(IpProtocol protocol) noexcept {
  if (protocol == IpProtocol::tcp || protocol == IpProtocol::udp) [[likely]]
    return true;
  return begins_with_ports(protocol);
}

struct Ports {
  std::uint16_t source = 0;
  std::uint16_t destination = 0;
};

inline Ports ports_of(std::span<const std::uint8_t> frame, std::uint32_t l4_offset,
                      IpProtocol protocol) noexcept {
  if (l4_offset == 0 || !has_ports(protocol) || l4_offset + 4U > frame.size()) [[unlikely]]
    return {};
  return word_at<Ports>(frame.data() + l4_offset);
}

inline std::uint32_t hash_ipv4(std::span<const std::uint8_t> frame, const Ipv4Header& ip,
                               const Layers& layers) noexcept {
  Ports ports;
  if (!ip.is_fragment()) [[likely]]
    ports = ports_of(frame, layers.l4_offset, ip.protocol);
  return hash_pair(word_at<std::uint32_t>(&ip.source) | std::uint64_t{ports.source} << 32,
                   word_at<std::uint32_t>(&ip.destination) | std::uint64_t{ports.destination} << 32,
                   std::to_underlying(ip.protocol));
}

std::uint64_t hash_address(const Ipv6Address& address) noexcept {
  return folded_product(word_at<std::uint64_t>(&address.bytes[0]) + hash_key.address[0],
                        word_at<std::uint64_t>(&address.bytes[8]) + hash_key.address[1]);
}

/// Fragments hash the number of the fragment header as their protocol: in later ones nobody knows the real
/// one.
[[gnu::noinline]] std::uint32_t hash_ipv6(std::span<const std::uint8_t> frame, const Ipv6Header& ip,
                                          const Layers& layers) noexcept {
  const bool extended = layers.l4_offset != layers.l3_offset + sizeof(Ipv6Header);
  const bool fragment = extended && find_ipv6_payload(frame, layers.l3_offset).fragment;
  const Ports ports = fragment ? Ports{} : ports_of(frame, layers.l4_offset, layers.ip_protocol);
  return hash_pair(hash_address(ip.source) + ports.source, hash_address(ip.destination) + ports.destination,
                   std::to_underlying(fragment ? IpProtocol::fragment : layers.ip_protocol));
}

/// What is no IP.
[[gnu::noinline]] std::uint32_t hash_ethernet(std::span<const std::uint8_t> frame, EtherType type) noexcept {
  const EtherHeader* ether = header_at<EtherHeader>(frame, 0);
  if (ether == nullptr) return 0;
  const auto number = [](const EtherAddress& address) {
    return word_at<std::uint32_t>(&address.bytes[0]) |
           std::uint64_t{word_at<std::uint16_t>(&address.bytes[4])} << 32;
  };
  return hash_pair(number(ether->source), number(ether->destination), std::to_underlying(type));
}

}  // namespace

std::uint32_t flow_hash(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  if (layers.l3_offset != 0 && layers.ether_type == EtherType::ipv4) [[likely]] {
    const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
    if (ip != nullptr && ip->version() == 4) [[likely]]
      return hash_ipv4(frame, *ip, layers);
  } else if (layers.l3_offset != 0 && layers.ether_type == EtherType::ipv6) {
    const Ipv6Header* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
    if (ip != nullptr && ip->version() == 6) return hash_ipv6(frame, *ip, layers);
  }
  return hash_ethernet(frame, layers.ether_type);
}

void key_flow_hash(std::uint64_t seed) noexcept {
  hash_key = make_key(seed);
}

}  // namespace ixyflow
