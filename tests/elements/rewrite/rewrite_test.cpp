#include <catch2/catch.hpp>

#include "core/net/addresses.hpp"
#include "tests/elements/rewrite/expected_edit.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

Bytes tcp6_frame() {
  return ethernet({.type = 0x86dd}, ipv6({.next_header = 6}, tcp({}, counting(21))));
}
Bytes vlan_tcp_frame() {
  return ethernet({.type = 0x88a8},
                  vlan(0xa007, 0x8100, vlan(100, 0x0800, ipv4({.protocol = 6}, tcp({}, counting(9))))));
}
std::vector<Bytes> sample_frames() {
  return {udp_frame(),      tcp_frame(),
          udp6_frame(),     tcp6_frame(),
          vlan_udp_frame(), vlan_tcp_frame(),
          arp_frame(),      ethernet({}, ipv4({.protocol = 1}, icmp_echo(1, 2, counting(8))))};
}

std::string set_one(std::string_view name, const std::string& value) {
  return "set = { \"" + std::string(name) + "\" = " + value + " }";
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

TEST_CASE("D1: Rewrite survives frames cut at any byte and keeps the checksums that are still there") {
  const std::vector<WantedField> tcp_fields = {{"ip.src", from_hex("0a000001")}, wanted("tcp.dst", 7)};
  ElementHarness tcp4("Rewrite", "set = { ip.src = \"10.0.0.1\", tcp.dst = 7 }");
  for (const Bytes& frame : {tcp_frame(), vlan_tcp_frame()})
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      const Bytes cut = frame.first(length);
      INFO(to_hex(cut));
      const Sent sent = tcp4.send(Input(cut, 100));
      CHECK(sent.exit == (with_fields(cut, tcp_fields) ? "out" : "other"));
      CHECK(fault_of(cut, sent.bytes, tcp_fields) == "");
      CHECK(sent.wire_length == 100);
    }
  const WantedField destination{"ip6.dst", from_hex("20010db8000000000000000000000099")};
  ElementHarness udp6("Rewrite", "set = { ip6.dst = \"2001:db8::99\", vlan.id = 5 }");
  const Bytes frame = ethernet({.type = 0x8100}, vlan(1, 0x86dd, ipv6({}, udp({}, counting(4)))));
  for (std::size_t length = 0; length <= frame.size(); ++length) {
    const Bytes cut = frame.first(length);
    INFO(to_hex(cut));
    CHECK(fault_of(cut, udp6.send(cut).bytes, {destination, wanted("vlan.id", 5)}) == "");
  }
}

TEST_CASE("D2: Rewrite takes EtherTypes and lengths of any kind, and odd addresses") {
  ElementHarness rewrite("Rewrite", "set = { \"eth.src\" = \"02:00:00:00:00:0a\" }");
  ElementHarness ttl("Rewrite", "set = { ip.ttl = 1 }");
  for (const std::uint16_t type :
       {std::uint16_t{0}, std::uint16_t{46}, std::uint16_t{1500}, std::uint16_t{0xffff}})
    for (const char* source : {"00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"}) {
      const Bytes frame = ethernet({.source = source, .type = type}, counting(46));
      CHECK(rewrite.send(frame).bytes ==
            ethernet({.source = "02:00:00:00:00:0a", .type = type}, counting(46)));
      const Sent sent = ttl.send(frame);
      CHECK(sent.exit == "other");
      CHECK(sent.bytes == frame);
    }
}

TEST_CASE("D3: Rewrite edits the outermost of up to 8 tags and finds no IP header behind more") {
  ElementHarness id("Rewrite", "set = { vlan.id = 0xabc }");
  ElementHarness ttl("Rewrite", "set = { ip.ttl = 1 }");
  Bytes payload = ipv4({}, udp({}, counting(8)));
  std::uint16_t type = 0x0800;
  for (int depth = 1; depth <= 32; ++depth) {
    payload = vlan(0x0fff, type, payload);
    type = 0x8100;
    const Bytes frame = ethernet({.type = type}, payload);
    INFO("depth " << depth);
    CHECK(fault_of(frame, id.send(frame).bytes, {wanted("vlan.id", 0xabc)}) == "");
    const Sent sent = ttl.send(frame);
    CHECK(sent.exit == (depth <= kMaxVlanTags ? "out" : "other"));
    CHECK(fault_of(frame, sent.bytes, {wanted("ip.ttl", 1)}) == "");
  }
}

TEST_CASE("D5: Rewrite leaves the transport header alone where the IPv4 header is malformed") {
  ElementHarness rewrite("Rewrite", "set = { ip.src = \"10.0.0.1\" }");
  for (const std::uint8_t first :
       {std::uint8_t{0x00}, std::uint8_t{0x44}, std::uint8_t{0x4f}, std::uint8_t{0x65}})
    for (const std::uint8_t total :
         {std::uint8_t{0}, std::uint8_t{19}, std::uint8_t{20}, std::uint8_t{27}, std::uint8_t{255}}) {
      Bytes frame = udp_frame();
      frame[14] = first;
      frame[17] = total;
      INFO(to_hex(frame));
      const Sent sent = rewrite.send(frame);
      CHECK(sent.exit == "out");
      CHECK(fault_of(frame, sent.bytes, {{"ip.src", from_hex("0a000001")}}) == "");
    }
}

TEST_CASE("D6: Rewrite keeps a wrong IPv4 checksum wrong by the same difference, in both forms of zero too") {
  ElementHarness rewrite("Rewrite", "set = { ip.ttl = 7, ip.dst = \"10.1.2.3\" }");
  for (unsigned checksum = 0; checksum <= 0xffff; checksum += checksum < 4 || checksum > 0xfff0 ? 1 : 251) {
    Bytes frame = udp_frame();
    frame[24] = static_cast<std::uint8_t>(checksum >> 8);
    frame[25] = static_cast<std::uint8_t>(checksum);
    INFO("checksum " << checksum);
    CHECK(fault_of(frame, rewrite.send(frame).bytes,
                   {wanted("ip.ttl", 7), {"ip.dst", from_hex("0a010203")}}) == "");
  }
}

TEST_CASE("D16: Rewrite leaves a UDP checksum of 0, which means none") {
  ElementHarness rewrite("Rewrite", "set = { ip.src = \"10.0.0.1\", udp.dst = 99 }");
  const Bytes frame = ethernet({}, ipv4({.transport_checksum = false}, udp({}, counting(9))));
  const Sent sent = rewrite.send(frame);
  CHECK(sent.exit == "out");
  CHECK(sent.bytes[40] == 0);
  CHECK(sent.bytes[41] == 0);
  CHECK(fault_of(frame, sent.bytes, {{"ip.src", from_hex("0a000001")}, wanted("udp.dst", 99)}) == "");
}

TEST_CASE("D16: Rewrite writes a UDP checksum that comes out as 0 as 0xffff") {
  // The checksum of the frame with port 0 is what a port may still add to its sum until it is 0xffff.
  const Bytes frame = udp_frame();
  const Bytes base = ElementHarness("Rewrite", "set = { udp.src = 0 }").send(frame).bytes;
  const int port = base[40] << 8 | base[41];
  const Sent sent = ElementHarness("Rewrite", set_one("udp.src", std::to_string(port))).send(frame);
  CHECK(sent.bytes[40] == 0xff);
  CHECK(sent.bytes[41] == 0xff);
  CHECK(transport_checksum_right(sent.bytes));
}

TEST_CASE("D16: Rewrite edits UDP headers whose length is wrong, without touching it") {
  ElementHarness rewrite("Rewrite", "set = { udp.dst = 99 }");
  for (const std::uint8_t length : {std::uint8_t{0}, std::uint8_t{7}, std::uint8_t{255}}) {
    Bytes frame = udp_frame();
    frame[39] = length;
    CHECK(fault_of(frame, rewrite.send(frame).bytes, {wanted("udp.dst", 99)}) == "");
  }
}

TEST_CASE("D17: Rewrite writes a TCP checksum that comes out as 0 as 0, not as 0xffff") {
  const Bytes frame = tcp_frame();
  const Bytes base = ElementHarness("Rewrite", "set = { tcp.src = 0 }").send(frame).bytes;
  const int port = base[50] << 8 | base[51];
  const Sent sent = ElementHarness("Rewrite", set_one("tcp.src", std::to_string(port))).send(frame);
  CHECK(sent.bytes[50] == 0);
  CHECK(sent.bytes[51] == 0);
  CHECK(transport_checksum_right(sent.bytes));
  // And back again: a TCP checksum of 0 is a checksum like any other.
  const Sent back = ElementHarness("Rewrite", "set = { tcp.src = 40000 }").send(sent.bytes);
  CHECK(back.bytes == frame);
}

TEST_CASE("D17: Rewrite edits TCP headers whose offset is wrong") {
  ElementHarness rewrite("Rewrite", "set = { tcp.dst = 99 }");
  for (const std::uint8_t offset : {std::uint8_t{0x00}, std::uint8_t{0x40}, std::uint8_t{0xf0}}) {
    Bytes frame = tcp_frame();
    frame[46] = offset;
    CHECK(fault_of(frame, rewrite.send(frame).bytes, {wanted("tcp.dst", 99)}) == "");
  }
}

TEST_CASE("D18: Rewrite takes Ethernet padding neither for a header nor into a checksum") {
  Bytes frame = ethernet({}, ipv4({}, udp({}, counting(2))));
  frame.resize(60, 0xee);
  const Sent sent = ElementHarness("Rewrite", "set = { ip.src = \"10.0.0.1\" }").send(frame);
  CHECK(fault_of(frame, sent.bytes, {{"ip.src", from_hex("0a000001")}}) == "");
  CHECK(transport_checksum_right(sent.bytes));

  // The IP packet ends within the UDP header; what follows looks like the rest of it.
  for (std::uint8_t total = 20; total < 28; ++total) {
    Bytes cut = udp_frame();
    cut[17] = total;
    const Sent ports = ElementHarness("Rewrite", "set = { udp.dst = 99 }").send(cut);
    CHECK(ports.exit == (total < 24 ? "other" : "out"));
    CHECK(fault_of(cut, ports.bytes, {wanted("udp.dst", 99)}) == "");
  }
}

TEST_CASE("D19: Rewrite gives 0x0000 for the vector of RFC 1624") {
  // The checksum is 0xdd2f, and the identification changes from 0x5555 to 0x3285.
  Bytes frame = udp_frame();
  const Bytes id = from_hex("5555");
  std::copy(id.begin(), id.end(), frame.begin() + 18);
  frame[24] = 0xdd;
  frame[25] = 0x2f;
  const Sent sent = ElementHarness("Rewrite", "set = { ip.id = 0x3285 }").send(frame);
  CHECK(sent.bytes[24] == 0);
  CHECK(sent.bytes[25] == 0);
}
