#include "core/net/flow/flow_key.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <vector>

#include "core/net/parser.hpp"
#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// "none" for what has no flow.
std::string flow_of(const Bytes& frame) {
  FlowKey key;
  return read_flow_key(frame, parse_layers(frame), key) ? show(key) : "none";
}

/// An IPv6 fragment header (RFC 8200, 4.5).
Bytes behind_fragment_header(std::uint8_t next, std::uint16_t offset_and_more, const Bytes& payload) {
  return join({{next, 0, static_cast<std::uint8_t>(offset_and_more >> 8),
                static_cast<std::uint8_t>(offset_and_more), 0, 0, 0, 7},
               payload});
}

}  // namespace

TEST_CASE("A flow is addresses, ports and protocol, one for each direction") {
  CHECK(flow_of(udp_frame()) == "192.0.2.1:5123 > 198.51.100.2:53 udp");
  CHECK(flow_of(tcp_frame()).ends_with(" tcp"));
  CHECK(flow_of(ethernet({}, ipv4({.source = "198.51.100.2", .destination = "192.0.2.1"},
                                  udp({.source = 53, .destination = 5123}, {})))) ==
        "198.51.100.2:53 > 192.0.2.1:5123 udp");
  CHECK(flow_of(udp6_frame()).starts_with("[2001:db8::1]:"));
  CHECK(flow_of(vlan_udp_frame()) == flow_of(udp_frame()));
}

TEST_CASE("The flow of the replies is the flow reversed") {
  for (const Bytes& frame : {udp_frame(), tcp_frame(), udp6_frame()}) {
    FlowKey key;
    REQUIRE(read_flow_key(frame, parse_layers(frame), key));
    CHECK_FALSE(key.reversed() == key);
    CHECK(key.reversed().reversed() == key);
  }
  FlowKey there;
  FlowKey back;
  const Bytes reply = ethernet({}, ipv4({.source = "198.51.100.2", .destination = "192.0.2.1"},
                                        udp({.source = 53, .destination = 5123}, {})));
  REQUIRE(read_flow_key(udp_frame(), parse_layers(udp_frame()), there));
  REQUIRE(read_flow_key(reply, parse_layers(reply), back));
  CHECK(there.reversed() == back);
}

TEST_CASE("Packets of protocols without ports are one flow per pair of hosts") {
  const auto icmp = [](std::uint16_t id) {
    return flow_of(ethernet({}, ipv4({.protocol = 1}, icmp_echo(id, 1, counting(20)))));
  };
  CHECK(icmp(1) == "192.0.2.1 > 198.51.100.2 icmp");
  CHECK(icmp(1) == icmp(2));
  CHECK(flow_of(ethernet({}, ipv4({.protocol = 47}, counting(20)))) ==
        "192.0.2.1 > 198.51.100.2 protocol 47");
}

TEST_CASE("All fragments between two hosts are one flow, the first one too") {
  const auto part = [](std::uint16_t fragment_field) {
    return flow_of(
        ethernet({}, ipv4({.fragment = fragment_field, .transport_checksum = false}, udp({}, counting(16)))));
  };
  CHECK(part(0x2000) == "192.0.2.1:0 > 198.51.100.2:0 udp");
  CHECK(part(0x0003) == part(0x2000));
  CHECK(part(0x2003) == part(0x2000));
  CHECK(part(0x4000) == flow_of(udp_frame()));  // "don't fragment"
  const auto part6 = [](std::uint16_t offset_and_more) {
    return flow_of(
        ethernet({.type = 0x86dd}, ipv6({.next_header = 44, .transport_checksum = false},
                                        behind_fragment_header(17, offset_and_more, udp({}, counting(16))))));
  };
  CHECK(part6(0x0001) == "2001:db8::1 > 2001:db8::2 fragments");
  CHECK(part6(0x0009) == part6(0x0001));
  CHECK(part6(0x0008) == part6(0x0001));
  CHECK(part6(0x0000) == "[2001:db8::1]:5123 > [2001:db8::2]:53 udp");  // an atomic one (RFC 6946)
}

TEST_CASE("D1: what is no IP, or whose IP header is cut, has no flow; cut ports count as none") {
  CHECK(flow_of(arp_frame()) == "none");
  CHECK(flow_of({}) == "none");
  for (std::size_t length = 0; length < 34; ++length) CHECK(flow_of(udp_frame().first(length)) == "none");
  for (std::size_t length = 34; length < 38; ++length)
    CHECK(flow_of(udp_frame().first(length)) == "192.0.2.1:0 > 198.51.100.2:0 udp");
  CHECK(flow_of(udp_frame().first(38)) == flow_of(udp_frame()));
  for (std::size_t length = 0; length < 54; ++length) CHECK(flow_of(udp6_frame().first(length)) == "none");
}

TEST_CASE("Every bit of a flow key counts, in comparisons and in its hash") {
  const FlowKey zero{};
  std::set<std::uint64_t> hashes{zero.hash(7)};
  for (std::size_t bit = 0; bit < 8 * (sizeof(FlowKey) - sizeof zero.unused_); ++bit) {
    CAPTURE(bit);
    FlowKey other;
    auto* bytes = reinterpret_cast<unsigned char*>(&other);
    bytes[bit / 8] = static_cast<unsigned char>(1U << bit % 8);
    CHECK_FALSE(other == zero);
    CHECK(hashes.insert(other.hash(7)).second);
    CHECK(other.hash(7) != other.hash(8));
  }
}

TEST_CASE("D25: flows that were chosen to collide under one seed are spread by every other one") {
  std::vector<FlowKey> chosen;
  FlowKey candidate;
  candidate.version = 4;
  for (std::uint32_t i = 0; chosen.size() < 1000; ++i) {
    std::memcpy(candidate.source.data(), &i, 4);
    if (candidate.hash(1) >> 54 == 0) chosen.push_back(candidate);
  }
  for (std::uint64_t seed = 2; seed < 50; ++seed) {
    std::vector<int> spread(16);
    for (const FlowKey& key : chosen) ++spread[key.hash(seed) >> 60];
    // 62.5 each would be even, with a deviation of 8.
    for (const int flows : spread) CHECK((flows > 20 && flows < 105));
  }
}
