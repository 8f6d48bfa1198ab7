#include <catch2/catch.hpp>

#include "core/net/addresses.hpp"
#include "tests/elements/rewrite/rewrite_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

std::vector<Bytes> sample_frames() {
  return {udp_frame(),      tcp_frame(),
          udp6_frame(),     tcp6_frame(),
          vlan_udp_frame(), vlan_tcp_frame(),
          arp_frame(),      ethernet({}, ipv4({.protocol = 1}, icmp_echo(1, 2, counting(8))))};
}

template <class Address>
std::pair<std::string, Bytes> address_of(std::uint8_t byte) {
  Address address;
  address.bytes.fill(byte);
  return {'"' + show(address) + '"', Bytes(std::span<const std::uint8_t>(address.bytes))};
}

/// `number`, or an address of which every byte is that, as TOML text and as bytes.
std::pair<std::string, Bytes> value_of(const HeaderField& field, std::uint64_t number) {
  const auto byte = static_cast<std::uint8_t>(number);
  switch (field.kind) {
    case FieldKind::ether_address:
      return address_of<EtherAddress>(byte);
    case FieldKind::ipv4_address:
      return address_of<Ipv4Address>(byte);
    case FieldKind::ipv6_address:
      return address_of<Ipv6Address>(byte);
    case FieldKind::integer:
      break;
  }
  return {std::to_string(number), wanted("", number).value};
}

Bytes behind(std::size_t offset, const Bytes& frame) {
  return Bytes(std::span(frame).subspan(offset));
}

}  // namespace

TEST_CASE("Rewrite sets each field to its least, its greatest and another value, and nothing else") {
  for (const HeaderField& field : header_fields()) {
    if (field.derived) continue;
    const std::uint64_t greatest = field.kind == FieldKind::integer ? (1ULL << field.bits) - 1 : 0xff;
    for (const std::uint64_t number : {std::uint64_t{0}, greatest, greatest / 3}) {
      const auto [text, bytes] = value_of(field, number);
      ElementHarness rewrite("Rewrite", set_one(field.name, text));
      std::size_t changed = 0;
      for (const Bytes& frame : sample_frames()) {
        INFO(field.name << " = " << text << " of " << to_hex(frame));
        const std::vector<WantedField> fields = {{std::string(field.name), bytes}};
        const Sent sent = rewrite.send(frame);
        CHECK(sent.exit == (with_fields(frame, fields) ? "out" : "other"));
        CHECK(fault_of(frame, sent.bytes, fields) == "");
        CHECK(sent.layers_right);
        changed += sent.exit == "out";
      }
      CHECK(changed > 0);
    }
  }
}

TEST_CASE("Rewrite sets many fields at once") {
  ElementHarness rewrite("Rewrite",
                         R"(
[set]
eth = { dst = "02:00:00:00:00:0a", src = "02:00:00:00:00:0b" }
ip = { tos = 0xb8, ttl = 3, src = "10.0.0.1", dst = "10.255.255.254" }
"udp.src" = 1
"udp.dst" = 65535)");
  const Sent sent = rewrite.send(udp_frame());
  CHECK(sent.exit == "out");
  CHECK(sent.bytes ==
        ethernet({.destination = "02:00:00:00:00:0a", .source = "02:00:00:00:00:0b"},
                 ipv4({.source = "10.0.0.1", .destination = "10.255.255.254", .ttl = 3, .tos = 0xb8},
                      udp({.source = 1, .destination = 65535}, counting(18)))));
  CHECK(rewrite.send(tcp_frame()).exit == "other");
  CHECK(rewrite.send(udp6_frame()).exit == "other");
}

TEST_CASE("Rewrite takes dotted keys without quotes as well") {
  ElementHarness rewrite("Rewrite", "set = { ip.ttl = 9, ip.tos = 1 }\nadd.udp.dst = 2");
  CHECK(rewrite.send(udp_frame()).bytes ==
        ethernet({}, ipv4({.ttl = 9, .tos = 1}, udp({.destination = 55}, counting(18)))));
}

TEST_CASE("Rewrite adds to numbers, down and up, modulo the size of the field") {
  struct Case {
    const char* field;
    std::int64_t amount;
    std::uint64_t before, after;
  };
  for (const Case& c : std::initializer_list<Case>{{"ip.ttl", -1, 64, 63},
                                                   {"ip.ttl", 1, 64, 65},
                                                   {"ip.ttl", 200, 64, 8},
                                                   {"ip.ttl", -65, 64, 255},
                                                   {"ip.dscp", 1, 0, 1},
                                                   {"ip.dscp", -1, 0, 63},
                                                   {"ip.ecn", 3, 0, 3},
                                                   {"ip.id", 0xffff, 0x1234, 0x1233},
                                                   {"ip.frag", -8191, 0, 1},
                                                   {"tcp.src", 30000, 40000, 4464},
                                                   {"tcp.seq", -1001, 1000, 0xffffffff},
                                                   {"tcp.seq", 0xffffffff, 1000, 999},
                                                   {"tcp.flags", 1, 0x18, 0x19}}) {
    INFO(c.field << " + " << c.amount);
    ElementHarness rewrite("Rewrite",
                           "add = { \"" + std::string(c.field) + "\" = " + std::to_string(c.amount) + " }");
    const Bytes frame = tcp_frame();
    const HeaderField& field = *find_field(c.field);
    REQUIRE(read_integer(field, frame, *locate(field, frame, parse_layers(frame))) == c.before);
    const Sent sent = rewrite.send(frame);
    CHECK(sent.exit == "out");
    CHECK(fault_of(frame, sent.bytes, {wanted(c.field, c.after)}) == "");
  }
}

TEST_CASE("Rewrite adds to a field whose neighbours in the same word are set") {
  ElementHarness rewrite("Rewrite", "set = { vlan.pcp = 7, vlan.dei = 1 }\nadd = { vlan.id = -101 }");
  CHECK(rewrite.send(vlan_udp_frame(100)).bytes ==
        ethernet({.type = 0x8100}, vlan(0xffff, 0x0800, behind(14, udp_frame()))));
}

TEST_CASE("Rewrite adds to the flow label and the traffic class of IPv6 apart from each other") {
  const Bytes frame = udp6_frame();
  ElementHarness rewrite("Rewrite", "add = { ip6.flow = -1, ip6.class = 255 }");
  CHECK(fault_of(frame, rewrite.send(frame).bytes, {wanted("ip6.flow", 0xfffff), wanted("ip6.class", 255)}) ==
        "");
}

TEST_CASE("Rewrite sends a packet that lacks one of several fields to other, wholly unchanged") {
  ElementHarness rewrite("Rewrite",
                         "set = { \"eth.dst\" = \"02:00:00:00:00:0a\", ip.ttl = 1, tcp.dst = 443 }");
  for (const Bytes& frame : {udp_frame(), tcp6_frame(), arp_frame(), Bytes{},
                             ethernet({}, ipv4({.protocol = 6, .fragment = 0x2001}, tcp({}, counting(8))))}) {
    const Sent sent = rewrite.send(frame);
    CHECK(sent.exit == "other");
    CHECK(sent.bytes == frame);
  }
  CHECK(rewrite.send(tcp_frame()).exit == "out");
}

TEST_CASE("Rewrite changes the ports of TCP and UDP over IPv6, behind extension headers too") {
  ElementHarness rewrite("Rewrite", "set = { udp.dst = 5353, \"ip6.src\" = \"2001:db8:ffff::\" }");
  const Bytes hop_by_hop = from_hex("11 00 01 04 00 00 00 00");
  for (const Bytes& frame :
       {udp6_frame(), ethernet({.type = 0x86dd}, ipv6({.next_header = 0, .transport_checksum = false},
                                                      join({hop_by_hop, udp({}, counting(30))})))}) {
    const Sent sent = rewrite.send(frame);
    CHECK(sent.exit == "out");
    CHECK(fault_of(frame, sent.bytes,
                   {wanted("udp.dst", 5353), {"ip6.src", from_hex("20010db8ffff00000000000000000000")}}) ==
          "");
  }
}

TEST_CASE("Rewrite corrects ICMPv6, whose checksum covers the addresses, and leaves ICMP, whose does not") {
  const Bytes echo6 =
      ethernet({.type = 0x86dd}, ipv6({.next_header = 58}, from_hex("8000 0000 0001 0002 0a0b0c")));
  const WantedField address{"ip6.dst", from_hex("20010db8000000000000000000000099")};
  const Sent sent6 = ElementHarness("Rewrite", "set = { ip6.dst = \"2001:db8::99\" }").send(echo6);
  CHECK(sent6.bytes != echo6);
  CHECK(fault_of(echo6, sent6.bytes, {address}) == "");

  const auto echo = [](const char* destination) {
    return ethernet({}, ipv4({.destination = destination, .protocol = 1}, icmp_echo(1, 2, counting(8))));
  };
  CHECK(ElementHarness("Rewrite", "set = { ip.dst = \"10.0.0.9\" }").send(echo("10.0.0.8")).bytes ==
        echo("10.0.0.9"));
}

TEST_CASE("Rewrite corrects the transport checksum in a first fragment and leaves later ones alone") {
  ElementHarness rewrite("Rewrite", "set = { ip.src = \"10.0.0.1\" }");
  const WantedField source{"ip.src", from_hex("0a000001")};
  for (const std::uint16_t fragment : {std::uint16_t{0x2000}, std::uint16_t{0x2001}, std::uint16_t{0x0010}}) {
    const Bytes frame = ethernet({}, ipv4({.protocol = 6, .fragment = fragment}, tcp({}, counting(16))));
    const Sent sent = rewrite.send(frame);
    CHECK(sent.exit == "out");
    CHECK(fault_of(frame, sent.bytes, {source}) == "");
    const bool first = fragment == 0x2000;
    CHECK((behind(34, sent.bytes) == behind(34, frame)) == !first);
  }
}
