#pragma once

#include <cstdint>
#include <span>

#include "core/base/big_endian.hpp"
#include "core/net/addresses.hpp"

/// Header views: what stands on the wire, field by field. A view is laid over bytes whose length was checked
/// before.
namespace ixyflow {

enum class EtherType : std::uint16_t {
  ipv4 = 0x0800,
  arp = 0x0806,
  vlan = 0x8100,  ///< IEEE 802.1Q C-tag
  ipv6 = 0x86dd,
  qinq = 0x88a8,      ///< IEEE 802.1ad S-tag
  qinq_old = 0x9100,  ///< S-tag before 802.1ad
};

enum class IpProtocol : std::uint8_t { icmp = 1, tcp = 6, udp = 17, icmp6 = 58, none = 59 };

/// IEEE 802.3.
struct EtherHeader {
  EtherAddress destination;
  EtherAddress source;
  Be16 type;
};

/// What follows the EtherType of a tag: IEEE 802.1Q, 9.6.
struct VlanTag {
  Be16 tci;   ///< priority (3 bits), drop eligible (1), VLAN identifier (12)
  Be16 type;  ///< EtherType of what follows
};

/// RFC 791, 3.1.
struct Ipv4Header {
  std::uint8_t version_and_length;  ///< 4, and the header's length in 32-bit words
  std::uint8_t tos;
  Be16 total_length;
  Be16 identification;
  Be16 fragment;  ///< flags (3 bits) and offset in 8 bytes (13)
  std::uint8_t ttl;
  std::uint8_t protocol;
  Be16 checksum;
  Ipv4Address source;
  Ipv4Address destination;

  [[nodiscard]] std::uint32_t version() const noexcept { return version_and_length >> 4; }
  [[nodiscard]] std::uint32_t header_length() const noexcept { return (version_and_length & 15U) * 4; }
  [[nodiscard]] bool later_fragment() const noexcept { return (fragment.value() & 0x1fff) != 0; }
  [[nodiscard]] bool is_fragment() const noexcept { return (fragment.value() & 0x3fff) != 0; }
};

/// RFC 8200, 3.
struct Ipv6Header {
  Be32 version_class_label;  ///< 6 (4 bits), traffic class (8), flow label (20)
  Be16 payload_length;
  std::uint8_t next_header;
  std::uint8_t hop_limit;
  Ipv6Address source;
  Ipv6Address destination;

  [[nodiscard]] std::uint32_t version() const noexcept { return version_class_label.value() >> 28; }
};

/// RFC 9293, 3.1.
struct TcpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be32 sequence;
  Be32 acknowledgement;
  std::uint8_t offset_and_reserved;  ///< header length in 32-bit words (4 bits)
  std::uint8_t flags;
  Be16 window;
  Be16 checksum;
  Be16 urgent;

  [[nodiscard]] std::uint32_t header_length() const noexcept { return (offset_and_reserved >> 4) * 4U; }
};

/// RFC 768.
struct UdpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be16 length;
  Be16 checksum;  ///< 0: none (IPv4 only)
};

static_assert(sizeof(EtherHeader) == 14 && sizeof(VlanTag) == 4 && sizeof(Ipv4Header) == 20 &&
              sizeof(Ipv6Header) == 40 && sizeof(TcpHeader) == 20 && sizeof(UdpHeader) == 8);

/// The header at `offset` of `bytes`, or null when it does not fit.
template <class Header>
[[nodiscard]] Header* header_at(std::span<std::uint8_t> bytes, std::size_t offset) noexcept {
  static_assert(alignof(Header) == 1);
  return offset + sizeof(Header) <= bytes.size() ? reinterpret_cast<Header*>(bytes.data() + offset) : nullptr;
}
template <class Header>
[[nodiscard]] const Header* header_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  static_assert(alignof(Header) == 1);
  return offset + sizeof(Header) <= bytes.size() ? reinterpret_cast<const Header*>(bytes.data() + offset)
                                                 : nullptr;
}

}  // namespace ixyflow
