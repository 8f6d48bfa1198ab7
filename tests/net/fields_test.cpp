#include "core/net/fields.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// What `frame` has in the field called `name`, or "" when there is no such field.
std::string shown(const std::string& name, const Bytes& frame) {
  const HeaderField* field = find_field(name);
  REQUIRE(field != nullptr);
  const auto offset = locate(*field, frame, parse_layers(frame));
  return offset ? show_field(*field, frame, *offset) : "";
}

std::uint32_t header_bytes(FieldLayer layer) {
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
      return 20;
    case FieldLayer::udp:
      return 8;
  }
  return 0;
}

}  // namespace

TEST_CASE("the table of fields is sound") {
  std::set<std::string_view> names;
  for (const HeaderField& field : header_fields()) {
    CAPTURE(field.name);
    CHECK(names.insert(field.name).second);
    CHECK(!field.doc.empty());
    CHECK(field.bits > 0);
    CHECK(field.bit_offset + field.bits <= 8 * header_bytes(field.layer));
    CHECK(find_field(field.name) == &field);
    if (field.kind == FieldKind::integer) CHECK(field.bits <= 32);
    if (field.kind == FieldKind::ether_address) CHECK((field.bits == 48 && field.bit_offset % 8 == 0));
    if (field.kind == FieldKind::ipv4_address) CHECK((field.bits == 32 && field.bit_offset % 8 == 0));
    if (field.kind == FieldKind::ipv6_address) CHECK((field.bits == 128 && field.bit_offset % 8 == 0));
  }
  CHECK(field_names().size() == header_fields().size());
  CHECK(find_field("ip.nonsense") == nullptr);
  CHECK(find_field("") == nullptr);
}

TEST_CASE("fields of Ethernet, VLAN and IPv4 are read") {
  Bytes frame = vlan_udp_frame();
  frame[14] = 0xb0;  // priority 5, drop eligible, and the upper bits of identifier 0x064
  CHECK(shown("eth.dst", frame) == "02:00:00:00:00:02");
  CHECK(shown("eth.src", frame) == "02:00:00:00:00:01");
  CHECK(shown("eth.type", frame) == "0x8100");
  CHECK(shown("vlan.pcp", frame) == "5");
  CHECK(shown("vlan.dei", frame) == "1");
  CHECK(shown("vlan.id", frame) == "100");
  CHECK(shown("vlan.type", frame) == "0x0800");
  const Bytes packet =
      ethernet({}, ipv4({.ttl = 7, .tos = 0xb9, .identification = 0xbeef, .fragment = 0x4000}, udp({}, {})));
  CHECK(shown("ip.version", packet) == "4");
  CHECK(shown("ip.ihl", packet) == "5");
  CHECK(shown("ip.tos", packet) == "0xb9");
  CHECK(shown("ip.dscp", packet) == "46");
  CHECK(shown("ip.ecn", packet) == "1");
  CHECK(shown("ip.len", packet) == "28");
  CHECK(shown("ip.id", packet) == "0xbeef");
  CHECK(shown("ip.df", packet) == "1");
  CHECK(shown("ip.mf", packet) == "0");
  CHECK(shown("ip.frag", packet) == "0");
  CHECK(shown("ip.ttl", packet) == "7");
  CHECK(shown("ip.proto", packet) == "17");
  CHECK(shown("ip.src", packet) == "192.0.2.1");
  CHECK(shown("ip.dst", packet) == "198.51.100.2");
  CHECK(shown("vlan.id", packet) == "");
  CHECK(shown("ip6.src", packet) == "");
  const Bytes later = ethernet({}, ipv4({.fragment = 0x2123}, counting(16)));
  CHECK(shown("ip.mf", later) == "1");
  CHECK(shown("ip.frag", later) == std::to_string(0x123));
  CHECK(shown("udp.src", later) == "");
}

TEST_CASE("fields of IPv6, TCP and UDP are read") {
  Bytes frame = udp6_frame();
  frame[14] = 0x6a;
  frame[15] = 0xb1;
  frame[16] = 0x23;
  frame[17] = 0x45;
  CHECK(shown("ip6.version", frame) == "6");
  CHECK(shown("ip6.class", frame) == "0xab");
  CHECK(shown("ip6.dscp", frame) == "42");
  CHECK(shown("ip6.ecn", frame) == "3");
  CHECK(shown("ip6.flow", frame) == "0x12345");
  CHECK(shown("ip6.hlim", frame) == "64");
  CHECK(shown("ip6.next", frame) == "17");
  CHECK(shown("ip6.src", frame) == "2001:db8::1");
  CHECK(shown("ip6.dst", frame) == "2001:db8::2");
  CHECK(shown("udp.src", frame) == "5123");
  CHECK(shown("udp.dst", frame) == "53");
  CHECK(shown("tcp.src", frame) == "");
  const Bytes segment = ethernet({}, ipv4({.protocol = 6}, tcp({.sequence = 0xfffffffe, .flags = 0x12}, {})));
  CHECK(shown("tcp.src", segment) == "40000");
  CHECK(shown("tcp.dst", segment) == "80");
  CHECK(shown("tcp.seq", segment) == "4294967294");
  CHECK(shown("tcp.ack", segment) == "2000");
  CHECK(shown("tcp.offset", segment) == "5");
  CHECK(shown("tcp.flags", segment) == "0x12");
  CHECK(shown("tcp.window", segment) == "8192");
  CHECK(shown("udp.src", segment) == "");
}

TEST_CASE("a field that does not fit the frame is not there") {
  for (const Bytes& frame : {vlan_udp_frame(), tcp_frame(), udp6_frame()})
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      const Bytes cut = frame.first(length);
      for (const HeaderField& field : header_fields()) {
        const auto offset = locate(field, cut, parse_layers(cut));
        if (offset) CHECK(*offset + (field.bit_offset + field.bits + 7U) / 8 <= length);
        if (offset) CHECK(!show_field(field, cut, *offset).empty());
      }
    }
}

TEST_CASE("padding behind an IP packet is no transport header") {
  // Two bytes behind the IPv4 header by its length: not even a source and a destination port.
  const Bytes frame = padded(ethernet({}, ipv4({.transport_checksum = false}, counting(2))));
  CHECK(shown("udp.src", frame) == "1");
  CHECK(shown("udp.dst", frame) == "");
}
