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
  [[nodiscard]] bool later_fragment() const noexcept { return fragment.has_any(0x1fff); }
  [[nodiscard]] bool is_fragment() const noexcept { return fragment.has_any(0x3fff); }
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

/// Bits of TcpHeader::flags.
namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
}  // namespace tcp_flag

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

/// RFC 826, for IPv4 over Ethernet.
struct ArpMessage {
  Be16 hardware;        ///< 1: Ethernet
  BeEtherType network;  ///< IPv4
  std::uint8_t hardware_length;
  std::uint8_t network_length;
  BigEndian<ArpOperation> operation;
  EtherAddress sender;
  Ipv4Address sender_ip;
  EtherAddress target;
  Ipv4Address target_ip;

  /// Whether it says that it is what it is taken for.
  [[nodiscard]] bool is_ipv4_over_ethernet() const noexcept {
    return hardware.value() == 1 && network.value() == EtherType::ipv4 && hardware_length == 6 &&
           network_length == 4;
  }
};

/// RFC 792; ICMPv6 has the same start (RFC 4443, 2.1). Types are IcmpType and Icmp6Type.
struct IcmpHeader {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 rest;  ///< by type: identifier and sequence number of an echo; MTU; pointer; 0
};

/// RFC 2784, 2; fields that the flags announce follow.
struct GreHeader {
  Be16 flags_and_version;  ///< checksum (0x8000), key (0x2000) and sequence number (0x1000) follow: RFC 2890
  BeEtherType protocol;    ///< of what is behind all of them

  [[nodiscard]] bool has_checksum() const noexcept { return (flags_and_version.value() & 0x8000) != 0; }
  [[nodiscard]] bool has_key() const noexcept { return (flags_and_version.value() & 0x2000) != 0; }
  [[nodiscard]] bool has_sequence() const noexcept { return (flags_and_version.value() & 0x1000) != 0; }
  [[nodiscard]] std::uint32_t version() const noexcept { return flags_and_version.value() & 7U; }
  /// With the fields that follow: 4 to 16 bytes.
  [[nodiscard]] std::uint32_t length() const noexcept {
    return 4U + 4U * has_checksum() + 4U * has_key() + 4U * has_sequence();
  }
};

/// RFC 7348, 5: behind it stands an Ethernet frame.
struct VxlanHeader {
  Be32 flags;          ///< 0x08000000: the network identifier is valid
  Be32 vni_and_zeros;  ///< network identifier (24 bits)

  [[nodiscard]] bool has_vni() const noexcept { return (flags.value() & 0x08000000U) != 0; }
  [[nodiscard]] std::uint32_t vni() const noexcept { return vni_and_zeros.value() >> 8; }
};

static_assert(sizeof(ArpMessage) == 28 && sizeof(IcmpHeader) == 8 && sizeof(GreHeader) == 4 &&
              sizeof(VxlanHeader) == 8);
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
