#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/net/checksum.hpp"
#include "core/net/fields.hpp"
#include "core/net/parser.hpp"
#include "tests/support/frames.hpp"

/// What Rewrite should make of a frame, worked out bit by bit and by summing everything, without its code.
namespace ixyflow::test {

struct WantedField {
  std::string name;
  Bytes value;  ///< big-endian, right-aligned
};

inline WantedField wanted(const std::string& name, std::uint64_t number) {
  Bytes value(8);
  for (std::size_t i = 0; i < 8; ++i) value[7 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return {name, value};
}

inline void write_bits(Bytes& frame, std::size_t first, std::size_t count, const Bytes& value) {
  const std::size_t skipped = value.size() * 8 - count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = skipped + i;
    const std::size_t to = first + i;
    const bool bit = (value[from / 8] >> (7 - from % 8) & 1) != 0;
    const auto mask = static_cast<std::uint8_t>(0x80U >> (to % 8));
    frame[to / 8] = static_cast<std::uint8_t>(bit ? frame[to / 8] | mask : frame[to / 8] & ~mask);
  }
}

/// What must be there of a header before a field of it counts as there: Ethernet, a tag and IP are taken
/// whole or not at all, a transport header may be cut behind the field.
inline std::size_t least_header(FieldLayer layer) {
  switch (layer) {
    case FieldLayer::eth:
      return 14;
    case FieldLayer::vlan:
      return 4;
    case FieldLayer::ip:
      return 20;
    case FieldLayer::ip6:
      return 40;
    case FieldLayer::tcp:
    case FieldLayer::udp:
      break;
  }
  return 0;
}

/// Behind an authentication header, or encrypted (ESP): a receiver would find it damaged after some edits.
inline bool is_protected(const Bytes& frame, const Layers& layers) {
  constexpr auto kAh = IpProtocol::authentication;
  constexpr auto kEsp = IpProtocol::esp;
  return layers.ip_protocol == kAh || layers.ip_protocol == kEsp ||
         (layers.ether_type == EtherType::ipv6 && find_ipv6_payload(frame, layers.l3_offset).authenticated);
}
inline bool changes_protected(const HeaderField& field) {
  return field.kind == FieldKind::ipv4_address || field.kind == FieldKind::ipv6_address ||
         field.layer == FieldLayer::tcp || field.layer == FieldLayer::udp;
}

/// The frame with new fields and its old checksums; nothing when it lacks one of the fields, or may not be
/// changed so.
inline std::optional<Bytes> with_fields(const Bytes& frame, const std::vector<WantedField>& fields) {
  const Layers layers = parse_layers(frame);
  Bytes edited = frame;
  for (const WantedField& field : fields) {
    const HeaderField& known = *find_field(field.name);
    if (is_protected(frame, layers) && changes_protected(known)) return std::nullopt;
    const bool is_address = known.kind == FieldKind::ipv4_address || known.kind == FieldKind::ipv6_address;
    if (is_address && counts_hidden_address(frame, layers)) return std::nullopt;
    const auto header = locate(known, frame, layers);
    if (!header || *header + least_header(known.layer) > frame.size()) return std::nullopt;
    write_bits(edited, *header * 8 + known.bit_offset, known.bits, field.value);
  }
  return edited;
}

/// Where the checksums of a frame stand; 0: it has none.
struct Checksums {
  std::size_t ip = 0;
  std::size_t transport = 0;
};

/// Where in a message a checksum stands that counts the addresses of the IP header, too; 0: it has none.
inline std::size_t place_with_addresses(std::span<const std::uint8_t> message, IpProtocol protocol,
                                        bool ipv6) {
  switch (protocol) {
    case IpProtocol::tcp:
      return 16;
    case IpProtocol::udp:
    case IpProtocol::udp_lite:
    case IpProtocol::dccp:
      return 6;
    case IpProtocol::icmp6:
    case IpProtocol::pim:
      return ipv6 ? 2 : 0;
    case IpProtocol::ospf:
      return message[0] == 3 ? 12 : 0;
    case IpProtocol::hip:
    case IpProtocol::mobility:
      return 4;
    case IpProtocol::vrrp:
      // Version 3; over IPv4 some count the message only (RFC 9568, 5.2.8).
      return message[0] >> 4 == 3 && (ipv6 || plain_checksum(message) != 0) ? 6 : 0;
    default:
      return 0;
  }
}

inline Checksums checksums_of(const Bytes& frame) {
  const Layers layers = parse_layers(frame);
  Checksums places;
  if (layers.ether_type == EtherType::ipv4 && layers.l3_offset != 0 && layers.l3_offset + 20U <= frame.size())
    places.ip = layers.l3_offset + 10U;
  const std::uint32_t end = ip_end(frame, layers);
  if (layers.l4_offset == 0 || layers.l4_offset >= end) return places;
  const auto message = std::span<const std::uint8_t>(frame).subspan(layers.l4_offset, end - layers.l4_offset);
  const std::size_t place =
      place_with_addresses(message, layers.ip_protocol, layers.ether_type == EtherType::ipv6);
  if (place != 0 && place + 2 <= message.size()) places.transport = layers.l4_offset + place;
  return places;
}

/// By how much each checksum is wrong: 0 when it is right. Of a frame that a capture cut, the sum of what is
/// here; it must not change either.
struct Errors {
  std::uint16_t ip = 0;
  std::uint16_t transport = 0;
  friend bool operator==(const Errors&, const Errors&) = default;
};

/// `layers` and `places` are those of the frame before it was edited: a field may decide where the parser
/// looks.
inline Errors errors_of(const Bytes& frame, const Layers& layers, const Checksums& places) {
  const auto bytes = std::span(frame);
  Errors errors;
  if (places.ip != 0) {
    const std::size_t header = std::max<std::size_t>(20, (frame[layers.l3_offset] & 15U) * 4U);
    errors.ip =
        plain_checksum(bytes.subspan(layers.l3_offset, std::min(header, frame.size() - layers.l3_offset)));
  }
  if (places.transport != 0) {
    const bool ipv4 = layers.ether_type == EtherType::ipv4;
    const std::size_t size = ipv4 ? 4 : 16;
    const std::size_t source = layers.l3_offset + (ipv4 ? 12U : 8U);
    // Behind a routing header the last station counts, wherever the packet is on its way (RFC 8200, 8.1).
    const Ipv6Payload payload = ipv4 ? Ipv6Payload() : find_ipv6_payload(frame, layers.l3_offset);
    const std::size_t destination = payload.routed ? payload.final_destination : source + size;
    const auto segment = bytes.subspan(layers.l4_offset, ip_end(frame, layers) - layers.l4_offset);
    errors.transport = plain_checksum(
        join({Bytes(bytes.subspan(source, size)), Bytes(bytes.subspan(destination, size)), Bytes(segment)}));
  }
  return errors;
}

/// What is wrong with `after`, made from `before` by setting `fields`; empty when nothing is.
inline std::string fault_of(const Bytes& before, const Bytes& after, const std::vector<WantedField>& fields) {
  auto expected = with_fields(before, fields);
  if (!expected) return after == before ? "" : "changed although a field is missing";
  if (after.size() != before.size()) return "another length";
  const Checksums places = checksums_of(before);
  const bool no_checksum = places.transport != 0 && parse_layers(before).ip_protocol == IpProtocol::udp &&
                           before[places.transport] == 0 && before[places.transport + 1] == 0;
  if (places.ip != 0)
    std::copy_n(after.begin() + static_cast<std::ptrdiff_t>(places.ip), 2,
                expected->begin() + static_cast<std::ptrdiff_t>(places.ip));
  if (places.transport != 0 && !no_checksum)
    std::copy_n(after.begin() + static_cast<std::ptrdiff_t>(places.transport), 2,
                expected->begin() + static_cast<std::ptrdiff_t>(places.transport));
  if (*expected != after) return "other bytes than " + to_hex(*expected);
  const Layers layers = parse_layers(before);
  Errors wrong_before = errors_of(before, layers, places);
  const Errors wrong_after = errors_of(after, layers, places);
  if (no_checksum) wrong_before.transport = wrong_after.transport;
  return wrong_before == wrong_after ? "" : "a checksum is wrong by something else than before";
}

}  // namespace ixyflow::test
