#pragma once

#include <cstdint>
#include <span>

#include "core/base/big_endian.hpp"
#include "core/net/addresses.hpp"
#include "core/net/protocol_numbers.hpp"

/// Header views: what stands on the wire, field by field. A view is laid over bytes whose length was checked
/// before.
namespace ixyflow {

/// IEEE 802.3.
struct EtherHeader {
  EtherAddress destination;
  EtherAddress source;
  BeEtherType type;
};

/// What follows the EtherType of a tag: IEEE 802.1Q, 9.6.
struct VlanTag {
  Be16 tci;          ///< priority (3 bits), drop eligible (1), VLAN identifier (12)
  BeEtherType type;  ///< of what follows
};

/// RFC 791, 3.1.
struct Ipv4Header {
  std::uint8_t version_and_length;  ///< 4, and the header's length in 32-bit words
  std::uint8_t tos;
  Be16 total_length;
  Be16 identification;
  Be16 fragment;  ///< flags (3 bits) and offset in 8 bytes (13)
  std::uint8_t ttl;
  IpProtocol protocol;
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
  IpProtocol next_header;
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
