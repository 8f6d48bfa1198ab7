#include "core/net/describe.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {
std::string line(const Bytes& frame) {
  return describe_frame(frame, static_cast<std::uint32_t>(frame.size()));
}

bool printable_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}
}  // namespace

TEST_CASE("packets of length 0 and jumbograms are called so") {
  Bytes tcp4 = tcp_frame();
  tcp4[16] = tcp4[17] = 0;
  CHECK_THAT(line(tcp4), Catch::Contains(" TCP [PA], ") && Catch::Contains(", total length 0, length "));
  Bytes tcp6 = ethernet({.type = 0x86dd}, ipv6({.next_header = 6}, tcp({}, counting(21))));
  tcp6[18] = tcp6[19] = 0;
  CHECK_THAT(line(tcp6), Catch::Contains(", payload length 0, length "));
  Bytes jumbogram =
      ethernet({.type = 0x86dd}, ipv6({.next_header = 0, .transport_checksum = false},
                                      join({from_hex("11 00 c2 04 00011170"), udp({}, counting(9))})));
  jumbogram[18] = jumbogram[19] = 0;
  CHECK_THAT(line(jumbogram), Catch::Contains(" UDP, jumbogram of 70000 bytes, length "));
}

TEST_CASE("packets are described in one line each") {
  CHECK(line(udp_frame()) ==
        "192.0.2.1:5123 > 198.51.100.2:53 UDP, length " + std::to_string(udp_frame().size()));
  CHECK_THAT(line(tcp_frame()),
             Catch::StartsWith("192.0.2.1:40000 > 198.51.100.2:80 TCP [PA], seq 1000, ack 2000, win 8192"));
  CHECK_THAT(line(udp6_frame()), Catch::StartsWith("[2001:db8::1]:5123 > [2001:db8::2]:53 UDP"));
  CHECK_THAT(line(vlan_udp_frame(7)), Catch::StartsWith("vlan 7, 192.0.2.1:5123 > 198.51.100.2:53 UDP"));
  CHECK_THAT(line(ethernet({.type = 0x88a8}, vlan(0xa005, 0x8100, vlan(6, 0x0806, counting(2))))),
             Catch::StartsWith("vlan 5 (pcp 5), vlan 6, ARP, cut"));
  CHECK_THAT(line(arp_frame()), Catch::StartsWith("ARP, who has "));
  CHECK_THAT(line(ethernet({}, ipv4({.protocol = 1}, icmp_echo(1, 2, counting(8))))),
             Catch::StartsWith("192.0.2.1 > 198.51.100.2 ICMP echo request, length "));
  CHECK(line(ethernet({.type = 0x88cc}, counting(4))) ==
        "02:00:00:00:00:01 > 02:00:00:00:00:02 EtherType 0x88cc, length 18");
  CHECK(line(ethernet({.type = 0x0026}, counting(38))) ==
        "02:00:00:00:00:01 > 02:00:00:00:00:02 IEEE 802.3, 38 bytes, length 52");
  CHECK_THAT(line(ethernet({}, ipv4({.protocol = 89}, counting(8)))),
             Catch::StartsWith("192.0.2.1 > 198.51.100.2 OSPF,"));
  CHECK_THAT(line(ethernet({}, ipv4({.protocol = 200}, counting(8)))),
             Catch::StartsWith("192.0.2.1 > 198.51.100.2 IP protocol 200,"));
}

TEST_CASE("fragments are described as such") {
  CHECK_THAT(
      line(ethernet({}, ipv4({.fragment = 0x2000, .transport_checksum = false}, udp({}, counting(8))))),
      Catch::StartsWith("192.0.2.1:5123 > 198.51.100.2:53 UDP fragment 0x1234 at 0,"));
  CHECK_THAT(line(ethernet({}, ipv4({.fragment = 0x00b9}, counting(8)))),
             Catch::StartsWith("192.0.2.1 > 198.51.100.2 UDP fragment 0x1234 at 1480,"));
}

TEST_CASE("frames that a capture cut, and bad headers, say so") {
  CHECK(describe_frame(udp_frame().first(40), 1500) ==
        "192.0.2.1 > 198.51.100.2 UDP, header cut, length 1500 (40 captured)");
  CHECK(describe_frame(udp_frame().first(20), 60) == "IPv4, header cut, length 60 (20 captured)");
  CHECK(line(Bytes{1, 2, 3}) == "no Ethernet header, length 3");
  CHECK(line({}) == "no Ethernet header, length 0");
  Bytes frame = udp_frame();
  frame[14] = 0x55;
  CHECK_THAT(line(frame), Catch::StartsWith("IPv4, version 5,"));
  frame[14] = 0x44;
  CHECK_THAT(line(frame), Catch::Contains("header length 16"));
}

TEST_CASE("D24: any bytes are described in printable ASCII") {
  std::mt19937 random(23);
  for (const Bytes& good : {udp_frame(), tcp_frame(), udp6_frame(), vlan_udp_frame(), arp_frame()})
    for (int i = 0; i < 3000; ++i) {
      Bytes frame = good.first(random() % (good.size() + 1));
      for (int flips = 0; flips < 3 && !frame.empty(); ++flips)
        frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
      const std::string text = describe_frame(frame, static_cast<std::uint32_t>(frame.size() + random() % 3));
      REQUIRE(printable_ascii(text));
      REQUIRE(text.size() < 240);
    }
}

TEST_CASE("a hex dump has rows of sixteen bytes, with offsets and characters") {
  CHECK(hex_dump(join({Bytes{'A', 0x1b, '~', 0x7f}, counting(14)})) ==
        "0000  41 1b 7e 7f 00 01 02 03  04 05 06 07 08 09 0a 0b  A.~.............\n"
        "0010  0c 0d                                             ..\n");
  CHECK(hex_dump({}).empty());
}
