#include "core/net/flow_hash.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// Toeplitz as it is defined: for every set bit of the input, from the left, XOR the 32 bits of the key that
/// start there. The key is 0x6d5a repeated.
std::uint32_t reference_toeplitz(const Bytes& input) {
  const auto key_bit = [](std::size_t i) { return (0x6d5aU >> (15 - i % 16)) & 1U; };
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < 8 * input.size(); ++i) {
    if ((input[i / 8] >> (7 - i % 8) & 1) == 0) continue;
    for (std::size_t bit = 0; bit < 32; ++bit) hash ^= key_bit(i + bit) << (31 - bit);
  }
  return hash;
}

std::uint32_t hash_of(const Bytes& frame) {
  return symmetric_flow_hash(frame, parse_layers(frame));
}

Bytes piece(const Bytes& frame, std::size_t offset, std::size_t length) {
  return Bytes(std::span(frame).subspan(offset, length));
}

Bytes udp_between(const std::string& source, const std::string& destination, std::uint16_t from,
                  std::uint16_t to) {
  return ethernet({}, ipv4({.source = source, .destination = destination}, udp({from, to}, counting(4))));
}

Bytes fragment_header(std::uint8_t next, std::uint16_t offset_and_flags) {
  return {next,
          0,
          static_cast<std::uint8_t>(offset_and_flags >> 8),
          static_cast<std::uint8_t>(offset_and_flags),
          0,
          0,
          0,
          1};
}

Bytes ipv6_with(std::uint8_t next, const Bytes& payload) {
  return ethernet({.type = 0x86dd}, ipv6({.next_header = next, .transport_checksum = false}, payload));
}

}  // namespace

TEST_CASE("the flow hash is Toeplitz over addresses, ports and protocol") {
  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    Bytes frame = i % 2 == 0 ? udp_frame() : udp6_frame();
    const std::size_t addresses = i % 2 == 0 ? 26 : 22;
    const std::size_t end = i % 2 == 0 ? 38 : 58;  // of the ports, which follow the addresses
    for (std::size_t at = addresses; at < end; ++at) frame[at] = static_cast<std::uint8_t>(random());
    REQUIRE(hash_of(frame) ==
            reference_toeplitz(join({piece(frame, addresses, end - addresses), Bytes{0, 17}})));
  }
}

TEST_CASE("both directions of a connection have the same flow hash") {
  CHECK(hash_of(udp_between("192.0.2.1", "198.51.100.7", 5123, 53)) ==
        hash_of(udp_between("198.51.100.7", "192.0.2.1", 53, 5123)));
  const Bytes there =
      ethernet({.type = 0x86dd},
               ipv6({.source = "2001:db8::1", .destination = "2001:db8:5::9"}, udp({1000, 2000}, {})));
  const Bytes back =
      ethernet({.type = 0x86dd},
               ipv6({.source = "2001:db8:5::9", .destination = "2001:db8::1"}, udp({2000, 1000}, {})));
  CHECK(hash_of(there) == hash_of(back));
  const Bytes arp_there = ethernet(
      {.destination = "02:00:00:00:00:01", .source = "02:00:00:00:00:09", .type = 0x0806}, counting(46));
  const Bytes arp_back = ethernet(
      {.destination = "02:00:00:00:00:09", .source = "02:00:00:00:00:01", .type = 0x0806}, counting(46));
  CHECK(hash_of(arp_there) == hash_of(arp_back));
}

TEST_CASE("what is not of the flow does not change its hash") {
  const std::uint32_t hash = hash_of(udp_frame());
  CHECK(hash_of(padded(udp_frame())) == hash);
  CHECK(hash_of(vlan_udp_frame()) == hash);
  Bytes other = udp_frame();
  other[0] = 0x06;   // destination MAC
  other[22] = 3;     // TTL
  other[43] = 0xff;  // payload
  CHECK(hash_of(other) == hash);
}

TEST_CASE("addresses, ports and protocol each change the hash") {
  const std::uint32_t hash = hash_of(udp_between("192.0.2.1", "198.51.100.7", 5123, 53));
  CHECK(hash_of(udp_between("192.0.2.2", "198.51.100.7", 5123, 53)) != hash);
  CHECK(hash_of(udp_between("192.0.2.1", "198.51.100.8", 5123, 53)) != hash);
  CHECK(hash_of(udp_between("192.0.2.1", "198.51.100.7", 5124, 53)) != hash);
  CHECK(hash_of(udp_between("192.0.2.1", "198.51.100.7", 5123, 54)) != hash);
  const auto same_but_protocol = [](std::uint8_t protocol) {
    return hash_of(ethernet({}, ipv4({.protocol = protocol, .transport_checksum = false}, counting(40))));
  };
  CHECK(same_but_protocol(6) != same_but_protocol(17));
}

TEST_CASE("all fragments of a packet have the same flow hash, the first too") {
  const auto fragment = [](std::uint16_t flags_and_offset, const Bytes& payload) {
    return hash_of(ethernet({}, ipv4({.fragment = flags_and_offset, .transport_checksum = false}, payload)));
  };
  const std::uint32_t first = fragment(0x2000, udp({}, counting(16)));
  CHECK(fragment(0x2003, counting(24)) == first);
  CHECK(fragment(0x0006, counting(3)) == first);
  CHECK(fragment(0x4000, udp({}, counting(16))) != first);  // whole, with ports

  const std::uint32_t first6 =
      hash_of(ipv6_with(44, join({fragment_header(17, 0x0001), udp({}, counting(16))})));
  CHECK(hash_of(ipv6_with(44, join({fragment_header(17, 0x0019), counting(24)}))) == first6);
  CHECK(hash_of(ipv6_with(44, join({fragment_header(60, 0x0030), counting(3)}))) == first6);
  CHECK(hash_of(ipv6_with(44, join({fragment_header(17, 0x0000), udp({}, counting(16))}))) ==
        hash_of(udp6_frame()));
}

TEST_CASE("protocols without ports are hashed without them") {
  const Bytes one = ethernet({}, ipv4({.protocol = 1}, icmp_echo(1, 1, counting(8))));
  const Bytes other = ethernet({}, ipv4({.protocol = 1}, icmp_echo(7, 9, counting(8))));
  CHECK(hash_of(one) == hash_of(other));
  CHECK(hash_of(one) == reference_toeplitz(join({piece(one, 26, 8), Bytes{0, 1}})));
}

TEST_CASE("what is no IP is hashed over MACs and EtherType") {
  const Bytes frame = arp_frame();
  CHECK(hash_of(frame) == reference_toeplitz(piece(frame, 0, 14)));
  Bytes bad_version = udp_frame();
  bad_version[14] = 0x55;
  CHECK(hash_of(bad_version) == reference_toeplitz(piece(bad_version, 0, 14)));
  for (std::size_t length = 0; length < 14; ++length) CHECK(hash_of(frame.first(length)) == 0);
}

TEST_CASE("flows spread evenly over two, three and eight places") {
  std::vector<std::vector<int>> places = {std::vector<int>(2), std::vector<int>(3), std::vector<int>(8)};
  std::mt19937 random(5);
  constexpr int kFlows = 8000;
  for (int i = 0; i < kFlows; ++i) {
    const std::uint32_t hash = hash_of(udp_between("10.0.0." + std::to_string(random() % 256), "192.0.2.1",
                                                   static_cast<std::uint16_t>(random()), 80));
    for (auto& counts : places) ++counts[hash % counts.size()];
  }
  for (const auto& counts : places)
    for (const int count : counts) {
      const int fair = kFlows / static_cast<int>(counts.size());
      CHECK(std::abs(count - fair) < fair / 5);
    }
}
