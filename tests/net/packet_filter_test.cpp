#include "core/net/packet_filter.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

PacketFilter filter(const std::string& expression, VlanMode mode = VlanMode::through) {
  auto compiled = PacketFilter::compile(expression, mode);
  if (!compiled) throw std::invalid_argument(expression + ": " + compiled.error().text);
  return std::move(*compiled);
}

bool matches(const std::string& expression, const Bytes& frame, VlanMode mode = VlanMode::through) {
  return filter(expression, mode).matches(frame, static_cast<std::uint32_t>(frame.size()));
}

std::string refusal(const std::string& expression) {
  const auto compiled = PacketFilter::compile(expression);
  return compiled ? "" : compiled.error().text;
}

/// The frame with `tags` VLAN tags put in.
Bytes tagged(const Bytes& frame, int tags) {
  Bytes result = frame.first(12);
  for (int i = 0; i < tags; ++i) result = join({result, from_hex(i % 2 == 0 ? "8100 0064" : "88a8 0007")});
  return join({result, Bytes(std::span(frame).subspan(12))});
}

const char* const kExpressions[] = {"",
                                    "udp",
                                    "tcp",
                                    "ip",
                                    "ip6",
                                    "arp",
                                    "icmp",
                                    "udp port 53",
                                    "tcp dst port 80",
                                    "portrange 50-60",
                                    "host 192.0.2.1",
                                    "src host 192.0.2.1 and udp",
                                    "net 192.0.2.0/24",
                                    "dst net 198.51.100.0 mask 255.255.255.0",
                                    "ether src 02:00:00:00:00:01",
                                    "ether dst 02:00:00:00:00:02",
                                    "ether host 02:00:00:00:00:01",
                                    "ether multicast",
                                    "broadcast",
                                    "not udp",
                                    "ip[8] = 64",
                                    "udp[0:2] = 5123",
                                    "ether proto 0x0806",
                                    "tcp[tcpflags] & tcp-push != 0",
                                    "ip6 and udp port 53",
                                    "host 2001:db8::1",
                                    "less 60",
                                    "greater 61",
                                    "len = 60",
                                    "ip proto 17",
                                    "ip proto \\udp",
                                    "port domain or port http",
                                    "ip[ip[8] - 56] = 64",
                                    "igmp or pim",
                                    "mpls",
                                    "pppoes",
                                    "ether[6:4] & 0xffff = 0",
                                    "tcp[0xfffffff0] = 1",
                                    "ip[0xfffffff0] = 0",
                                    "ip[0xfffffff0] != 1"};

}  // namespace

TEST_CASE("a filter matches what its expression says") {
  CHECK(matches("udp port 53", udp_frame()));
  CHECK_FALSE(matches("udp port 54", udp_frame()));
  CHECK(matches("tcp and dst port 80", tcp_frame()));
  CHECK(matches("ip6 and udp", udp6_frame()));
  CHECK(matches("arp", arp_frame()));
  CHECK(matches("", arp_frame()));
  CHECK(matches("ether src 02:00:00:00:00:01", udp_frame()));
}

TEST_CASE("a filter looks through VLAN tags as if they were taken off") {
  for (const char* expression : kExpressions) {
    const PacketFilter compiled = filter(expression);
    for (const Bytes& frame : {udp_frame(), tcp_frame(), udp6_frame(), arp_frame(), padded(udp_frame())}) {
      const auto length = static_cast<std::uint32_t>(frame.size());
      const bool untagged = compiled.matches(frame, length);
      for (int tags = 1; tags <= 8; ++tags) {
        CAPTURE(expression, tags, frame);
        CHECK(compiled.matches(tagged(frame, tags), length) == untagged);
      }
    }
  }
}

TEST_CASE("bytes that are computed are those behind the tags, too") {
  std::mt19937 random(17);
  for (const char* expression :
       {"ip[ip[8]] = 0x45", "ip[ip[8]:2] = 0x4500", "ip[len - 20] = 7", "udp[4] = 0"}) {
    const PacketFilter compiled = filter(expression);
    REQUIRE(compiled.looks_through_tags());
    for (int i = 0; i < 400; ++i) {
      Bytes frame = udp_frame().first(14 + random() % 40);
      if (frame.size() > 22) frame[22] = static_cast<std::uint8_t>(random() % 64);
      const auto length = static_cast<std::uint32_t>(frame.size());
      CAPTURE(expression, frame);
      REQUIRE(compiled.matches(tagged(frame, 1 + i % 8), length) == compiled.matches(frame, length));
    }
  }
}

TEST_CASE("a filter that speaks of tags by number means the frame as it is, as libpcap does") {
  const Bytes frame = vlan_udp_frame(100);
  for (const char* expression :
       {"ether[12:2] = 0x8100", "ether[14:2] & 0xfff = 100", "ether proto 0x8100", "link proto 33024",
        "byte 12 = 0x81", "0x8100 = ether[12:2]", "ether[10 + 2:2] = 0x8100",
        "arp or ether proto (0x88a8 or 0x8100)", "ether[11:4] & 0xffff00 = 0x810000"}) {
    CAPTURE(expression);
    CHECK_FALSE(filter(expression).looks_through_tags());
    CHECK(matches(expression, frame));
    CHECK_FALSE(matches(expression, udp_frame()));
  }
  CHECK_FALSE(matches("ether[12:2] = 0x0800", frame));
  for (const char* expression : {"ether[0] & 1 = 0 and udp", "ether[6:4] = 0x02000000 and udp",
                                 "ether proto 0x0800", "byte 0 = 2 and udp", "udp and not port 33024"}) {
    CAPTURE(expression);
    CHECK(filter(expression).looks_through_tags());
    CHECK(matches(expression, frame));
  }
}

TEST_CASE("filters find as many tagged frames by number as tcpdump does") {
  const auto capture = read_capture(source_path() / "tests/net/filter/link_types.pcap");
  REQUIRE(capture);
  const PacketFilter tagged_frames = filter("ether[12:2] = 0x8100");
  CHECK(std::ranges::count_if(capture->frames, [&](const CapturedFrame& f) {
          return tagged_frames.matches(f.bytes, f.wire_length);
        }) == 61);
}

TEST_CASE("what only a kernel knows that captured the packet is refused") {
  for (const char* expression :
       {"inbound", "not inbound", "udp and outbound", "ifindex 3", "(not (ifindex 1))"})
    CHECK_THAT(refusal(expression), Catch::Contains("asks the kernel that captured a packet"));
}

TEST_CASE("without a netmask, ip broadcast is the limited broadcast, as for a capture") {
  Bytes frame = udp_frame();
  CHECK_FALSE(matches("ip broadcast", frame));
  std::ranges::fill(std::span(frame).subspan(30, 4), std::uint8_t{255});
  CHECK(matches("ip broadcast", frame));
}

TEST_CASE("a filter that speaks of vlan, or is strict, sees the tags") {
  const Bytes frame = vlan_udp_frame(100);
  CHECK(matches("vlan", frame));
  CHECK(matches("vlan 100", frame));
  CHECK_FALSE(matches("vlan 101", frame));
  CHECK(matches("vlan and udp", frame));
  // libpcap: `vlan` moves only what stands behind it, so this is a frame that is both tagged and not.
  CHECK_THAT(refusal("udp and vlan"), Catch::Contains("rejects all packets"));
  CHECK_FALSE(matches("vlan", udp_frame()));
  CHECK_FALSE(matches("udp", frame, VlanMode::strict));
  CHECK(matches("udp", frame));
  CHECK(matches("ether proto 0x8100", frame, VlanMode::strict));
}

TEST_CASE("filters find in a real capture what libpcap finds") {
  const auto capture = read_capture(source_path() / "pipelines/captures/internet-4k.pcap");
  REQUIRE(capture);
  const auto count = [&](const std::string& expression, VlanMode mode) {
    const PacketFilter compiled = filter(expression, mode);
    return std::ranges::count_if(
        capture->frames, [&](const CapturedFrame& f) { return compiled.matches(f.bytes, f.wire_length); });
  };
  CHECK(count("udp", VlanMode::strict) == 0);
  CHECK(count("vlan and udp", VlanMode::strict) == 789);
  CHECK(count("udp", VlanMode::through) == 789);
  CHECK(count("vlan and udp", VlanMode::through) == 789);
}

TEST_CASE("bytes outside of the frame are not touched, and a filter that needs them does not match") {
  for (const Bytes& frame : {udp_frame(), tcp_frame(), vlan_udp_frame(), tagged(tcp_frame(), 3)})
    for (std::size_t length = 0; length <= frame.size(); ++length)
      for (const char* expression : kExpressions) static_cast<void>(matches(expression, frame.first(length)));
  CHECK_FALSE(matches("udp port 53", udp_frame().first(37)));
  CHECK_FALSE(matches("udp port 53", vlan_udp_frame().first(41)));
  CHECK(matches("udp port 53", vlan_udp_frame().first(42)));
}

TEST_CASE("len compares the length on the wire") {
  const PacketFilter longer = filter("greater 1000");
  CHECK(longer.matches(udp_frame(), 1000));
  CHECK_FALSE(longer.matches(udp_frame(), 999));
  CHECK(longer.matches(vlan_udp_frame(), 1000));
  CHECK_FALSE(longer.matches(vlan_udp_frame(), 999));
}

TEST_CASE("a bad expression is refused with libpcap's complaint") {
  CHECK_THAT(refusal("udp prot 53"),
             Catch::Contains("did you mean 'port'") || Catch::Contains("did you mean 'proto'"));
  CHECK_THAT(refusal("tcp port"), Catch::Contains("syntax error"));
  CHECK_THAT(refusal("port 65536"), Catch::Contains("65536"));
  CHECK_THAT(refusal("host 1.2.3.256"), Catch::Contains("256"));
  CHECK_THAT(refusal("(udp"), Catch::Contains("syntax error"));
  CHECK_THAT(refusal(std::string(1'000'000, '(')), Catch::Contains("at most"));
  CHECK_THAT(refusal(std::string("udp\0x", 5)), Catch::Contains("NUL"));
  CHECK(PacketFilter::compile("nonsense").error().code == ExitCode::configuration);
}

TEST_CASE("one filter can match in several threads") {
  const PacketFilter compiled = filter("ip[ip[8] - 56] = 0x45");
  const Bytes frame = vlan_udp_frame();
  const bool expected = compiled.matches(frame, 64);
  std::atomic<int> differences = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i)
        if (compiled.matches(frame, 64) != expected) ++differences;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(differences == 0);
}
