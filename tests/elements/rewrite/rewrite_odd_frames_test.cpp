// Frames that are cut, malformed or on the edge of a rule: what Rewrite finds in the wild.

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/net/parser.hpp"
#include "tests/elements/rewrite/rewrite_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

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
