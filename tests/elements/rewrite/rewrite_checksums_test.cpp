// Checksums that cover the addresses, of all protocols that have such ones. checksums.pcap was made by hand;
// tshark finds the values right that the frames get here.

#include <catch2/catch.hpp>

#include "core/net/headers.hpp"
#include "tests/elements/rewrite/rewrite_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

constexpr const char* kIpv4 = "set = { \"ip.src\" = \"203.0.113.77\", \"ip.dst\" = \"10.255.1.9\" }";
constexpr const char* kIpv6 = "set = { \"ip6.src\" = \"fd00:1:2:3:4:5:6:7\", \"ip6.dst\" = \"fd00::abcd\" }";

std::vector<CapturedFrame> frames() {
  const auto capture = read_capture(source_path() / "tests/elements/rewrite/checksums.pcap");
  REQUIRE(capture.has_value());
  return capture->frames;
}

}  // namespace

TEST_CASE("Rewrite keeps the checksum of every protocol right that covers the addresses") {
  struct Case {
    const char* name;
    std::size_t frame;
    const char* edit;
    std::size_t place;
    std::uint16_t checksum;
  };
  const auto all = frames();
  for (const Case& c :
       {Case{"UDP", 0, kIpv4, 40, 0x5c3b}, Case{"UDP without", 1, kIpv4, 40, 0},
        Case{"TCP", 2, kIpv4, 50, 0x6dee}, Case{"UDP/IPv6", 3, kIpv6, 60, 0xfea5},
        Case{"ICMPv6", 6, kIpv6, 56, 0x61d0}, Case{"TCP behind hop-by-hop", 14, kIpv6, 78, 0x1059},
        Case{"UDP-Lite", 15, kIpv4, 40, 0x5bd1}, Case{"UDP-Lite/IPv6", 16, kIpv6, 60, 0xfe3b},
        Case{"DCCP", 17, kIpv4, 40, 0x99b5}, Case{"DCCP/IPv6", 18, kIpv6, 60, 0x3c20},
        Case{"OSPFv3", 19, kIpv6, 66, 0x5470}, Case{"PIM/IPv6", 20, kIpv6, 56, 0x3937},
        Case{"VRRPv3/IPv6", 21, kIpv6, 60, 0xc5a3}, Case{"VRRPv3", 22, kIpv4, 40, 0x5fbd},
        Case{"TCP of total length 0", 23, kIpv4, 50, 0xa48c},
        Case{"UDP behind a routing header", 24, kIpv6, 84, 0xe625},
        Case{"UDP behind a source route that is done", 33, kIpv4, 48, 0xf31c},
        Case{"OSPFv3/IPv4", 34, kIpv4, 46, 0xb205}}) {
    INFO(c.name);
    ElementHarness rewrite("Rewrite", c.edit);
    const Sent sent = rewrite.send(all[c.frame].bytes);
    CHECK(sent.exit == "out");
    REQUIRE(sent.bytes.size() == all[c.frame].bytes.size());
    const auto* found = header_at<Be16>(std::span<const std::uint8_t>(sent.bytes), c.place);
    REQUIRE(found != nullptr);
    CHECK(found->value() == c.checksum);
  }
}

TEST_CASE("Rewrite leaves what is behind an address alone where no checksum covers it") {
  const Bytes sctp = ethernet({}, ipv4({.protocol = 132, .transport_checksum = false}, counting(40)));
  const auto all = frames();
  for (const Bytes& before : {sctp, all[5].bytes, all[28].bytes, all[29].bytes}) {  // ICMP, IPv4 in IPv4, GRE
    const Sent sent = ElementHarness("Rewrite", kIpv4).send(before);
    CHECK(sent.exit == "out");
    CHECK(std::ranges::equal(std::span(sent.bytes).subspan(34), std::span(before).subspan(34)));
  }
}

TEST_CASE(
    "Rewrite changes no address of what is authenticated or encrypted, and leaves the rest of it possible") {
  const Bytes esp = ethernet({}, ipv4({.protocol = 50, .transport_checksum = false}, counting(40)));
  const Bytes ah6 = ethernet(
      {.type = 0x86dd}, ipv6({.next_header = 51, .transport_checksum = false},
                             join({from_hex("06 01 0000 00000001"), counting(4), tcp({}, counting(9))})));
  for (const auto& [frame, edit] : {std::pair(frames()[30].bytes, kIpv4), std::pair(esp, kIpv4),
                                    std::pair(ah6, kIpv6), std::pair(ah6, "set = { \"tcp.dst\" = 7 }")}) {
    const Sent sent = ElementHarness("Rewrite", edit).send(frame);
    CHECK(sent.exit == "other");
    CHECK(sent.bytes == frame);
  }
  CHECK(ElementHarness("Rewrite", "set = { \"ip.ttl\" = 9 }").send(esp).exit == "out");
}

TEST_CASE("Rewrite corrects a TCP checksum in a packet of length 0, whose ports it changes, too") {
  Bytes frame = tcp6_frame();
  frame[18] = frame[19] = 0;
  const Sent sent =
      ElementHarness("Rewrite", "set = { \"tcp.dst\" = 7, \"ip6.src\" = \"2001:db8::9\" }").send(frame);
  CHECK(sent.exit == "out");
  Bytes with_length = sent.bytes;
  with_length[19] = static_cast<std::uint8_t>(frame.size() - 54);
  CHECK(transport_checksum_right(with_length));
}

TEST_CASE("Rewrite changes no address where a checksum counts another one") {
  const auto all = frames();
  // A home address option, a source route with a hop left.
  for (const auto& [frame, edit] : {std::pair(all[31].bytes, kIpv6), std::pair(all[32].bytes, kIpv4)}) {
    const Sent sent = ElementHarness("Rewrite", edit).send(frame);
    CHECK(sent.exit == "other");
    CHECK(sent.bytes == frame);
    CHECK(ElementHarness("Rewrite", "set = { \"udp.dst\" = 7 }").send(frame).exit == "out");
  }
}
