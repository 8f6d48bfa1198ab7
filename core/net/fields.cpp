#include "core/net/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/net/addresses.hpp"
#include "core/net/headers.hpp"

namespace ixyflow {
namespace {

using enum FieldLayer;
using enum FieldKind;

constexpr bool kDerived = true;
constexpr bool kHex = true;

/// The one table of fields. Offsets and widths in bits, as in the drawings of the standards.
constexpr HeaderField kFields[] = {
    // IEEE 802.3
    {"eth.dst", "destination MAC address", eth, ether_address, 0, 48},
    {"eth.src", "source MAC address", eth, ether_address, 48, 48},
    {"eth.type", "EtherType or length, of a tagged frame that of its first tag", eth, integer, 96, 16, false,
     kHex},
    // IEEE 802.1Q, 9.6
    {"vlan.pcp", "priority of the outermost tag", vlan, integer, 0, 3},
    {"vlan.dei", "drop eligibility of the outermost tag", vlan, integer, 3, 1},
    {"vlan.id", "VLAN identifier of the outermost tag", vlan, integer, 4, 12},
    {"vlan.type", "EtherType behind the outermost tag", vlan, integer, 16, 16, false, kHex},
    // RFC 791, 3.1; RFC 2474 (DSCP), RFC 3168 (ECN)
    {"ip.version", "version, 4", ip, integer, 0, 4, kDerived},
    {"ip.ihl", "header length in 32-bit words", ip, integer, 4, 4, kDerived},
    {"ip.tos", "type of service: DSCP and ECN", ip, integer, 8, 8, false, kHex},
    {"ip.dscp", "differentiated services code point", ip, integer, 8, 6},
    {"ip.ecn", "explicit congestion notification", ip, integer, 14, 2},
    {"ip.len", "length of header and payload in bytes", ip, integer, 16, 16, kDerived},
    {"ip.id", "identification of a fragmented packet", ip, integer, 32, 16, false, kHex},
    {"ip.df", "don't fragment", ip, integer, 49, 1},
    {"ip.mf", "more fragments", ip, integer, 50, 1},
    {"ip.frag", "fragment offset in units of 8 bytes", ip, integer, 51, 13},
    {"ip.ttl", "time to live in hops", ip, integer, 64, 8},
    {"ip.proto", "protocol behind the header", ip, integer, 72, 8},
    {"ip.checksum", "header checksum", ip, integer, 80, 16, kDerived, kHex},
    {"ip.src", "IPv4 source address", ip, ipv4_address, 96, 32},
    {"ip.dst", "IPv4 destination address", ip, ipv4_address, 128, 32},
    // RFC 8200, 3
    {"ip6.version", "version, 6", ip6, integer, 0, 4, kDerived},
    {"ip6.class", "traffic class: DSCP and ECN", ip6, integer, 4, 8, false, kHex},
    {"ip6.dscp", "differentiated services code point", ip6, integer, 4, 6},
    {"ip6.ecn", "explicit congestion notification", ip6, integer, 10, 2},
    {"ip6.flow", "flow label", ip6, integer, 12, 20, false, kHex},
    {"ip6.len", "length of the payload in bytes", ip6, integer, 32, 16, kDerived},
    {"ip6.next", "next header", ip6, integer, 48, 8},
    {"ip6.hlim", "hop limit", ip6, integer, 56, 8},
    {"ip6.src", "IPv6 source address", ip6, ipv6_address, 64, 128},
    {"ip6.dst", "IPv6 destination address", ip6, ipv6_address, 192, 128},
    // RFC 9293, 3.1
    {"tcp.src", "TCP source port", tcp, integer, 0, 16},
    {"tcp.dst", "TCP destination port", tcp, integer, 16, 16},
    {"tcp.seq", "sequence number", tcp, integer, 32, 32},
    {"tcp.ack", "acknowledgement number", tcp, integer, 64, 32},
    {"tcp.offset", "header length in 32-bit words", tcp, integer, 96, 4, kDerived},
    {"tcp.flags", "flags, CWR (0x80) to FIN (0x01)", tcp, integer, 104, 8, false, kHex},
    {"tcp.window", "window, before scaling", tcp, integer, 112, 16},
    {"tcp.checksum", "checksum", tcp, integer, 128, 16, kDerived, kHex},
    {"tcp.urgent", "urgent pointer", tcp, integer, 144, 16},
    // RFC 768
    {"udp.src", "UDP source port", udp, integer, 0, 16},
    {"udp.dst", "UDP destination port", udp, integer, 16, 16},
    {"udp.len", "length of header and data in bytes", udp, integer, 32, 16, kDerived},
    {"udp.checksum", "checksum, 0 for none", udp, integer, 48, 16, kDerived, kHex},
};

/// Where a header starts and where it, or the packet around it, ends.
struct Bounds {
  std::uint32_t start = 0;
  std::uint32_t end = 0;
};

std::optional<Bounds> l3_bounds(std::span<const std::uint8_t> frame, const Layers& layers,
                                EtherType type) noexcept {
  if (layers.l3_offset == 0 || layers.ether_type != type) return std::nullopt;
  return Bounds{layers.l3_offset, static_cast<std::uint32_t>(frame.size())};
}

std::optional<Bounds> l4_bounds(std::span<const std::uint8_t> frame, const Layers& layers,
                                IpProtocol protocol) noexcept {
  if (layers.l4_offset == 0 || layers.ip_protocol != protocol) return std::nullopt;
  return Bounds{layers.l4_offset, ip_end(frame, layers)};
}

std::optional<Bounds> bounds(FieldLayer layer, std::span<const std::uint8_t> frame,
                             const Layers& layers) noexcept {
  const auto size = static_cast<std::uint32_t>(frame.size());
  switch (layer) {
    case eth:
      return Bounds{0, size};
    case vlan: {
      const EtherHeader* ether = header_at<EtherHeader>(frame, 0);
      if (ether == nullptr || !is_vlan_type(ether->type.value())) return std::nullopt;
      return Bounds{sizeof(EtherHeader), size};
    }
    case ip:
      return l3_bounds(frame, layers, EtherType::ipv4);
    case ip6:
      return l3_bounds(frame, layers, EtherType::ipv6);
    case tcp:
      return l4_bounds(frame, layers, IpProtocol::tcp);
    case udp:
      return l4_bounds(frame, layers, IpProtocol::udp);
  }
  return std::nullopt;
}

template <class Address>
std::string show_address(std::span<const std::uint8_t> bytes) {
  Address address;
  std::memcpy(address.bytes.data(), bytes.data(), address.bytes.size());
  return show(address);
}

}  // namespace

std::span<const HeaderField> header_fields() noexcept {
  return kFields;
}

const HeaderField* find_field(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kFields, name, &HeaderField::name);
  return found != std::end(kFields) ? found : nullptr;
}

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for (const HeaderField& field : kFields) names.emplace_back(field.name);
  return names;
}

std::optional<std::uint32_t> locate(const HeaderField& field, std::span<const std::uint8_t> frame,
                                    const Layers& layers) noexcept {
  const auto header = bounds(field.layer, frame, layers);
  const std::uint32_t field_end = (field.bit_offset + field.bits + 7U) / 8;
  if (!header || header->start + field_end > header->end) return std::nullopt;
  return header->start;
}

std::uint64_t read_integer(const HeaderField& field, std::span<const std::uint8_t> frame,
                           std::uint32_t offset) noexcept {
  const std::uint32_t first = field.bit_offset / 8U;
  const std::uint32_t end_bit = static_cast<std::uint32_t>(field.bit_offset) + field.bits;
  std::uint64_t value = 0;
  for (std::uint32_t i = first; i < (end_bit + 7) / 8; ++i) value = value << 8 | frame[offset + i];
  value >>= (8 - end_bit % 8) % 8;
  return field.bits < 64 ? value & ((std::uint64_t{1} << field.bits) - 1) : value;
}

std::string show_field(const HeaderField& field, std::span<const std::uint8_t> frame, std::uint32_t offset) {
  const auto bytes = frame.subspan(offset + field.bit_offset / 8U);
  switch (field.kind) {
    case ether_address:
      return show_address<EtherAddress>(bytes);
    case ipv4_address:
      return show_address<Ipv4Address>(bytes);
    case ipv6_address:
      return show_address<Ipv6Address>(bytes);
    case integer:
      break;
  }
  const std::uint64_t value = read_integer(field, frame, offset);
  return field.hexadecimal ? fmt::format("{:#0{}x}", value, 2 + (field.bits + 3) / 4) : std::to_string(value);
}

}  // namespace ixyflow
