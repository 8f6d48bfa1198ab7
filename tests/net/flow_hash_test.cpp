#include "core/net/flow/flow_hash.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/net/flow/spread.hpp"
#include "tests/support/flow_captures.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

std::uint32_t hash_of(const Bytes& frame) {
  return flow_hash(frame, parse_layers(frame));
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

TEST_CASE("every bit of addresses and ports changes half of the bits of the flow hash") {
  std::mt19937 random(11);
  for (const auto& [base, first, end] :
       {std::tuple(udp_frame(), 26U, 38U), std::tuple(udp6_frame(), 22U, 58U)})
    for (std::size_t bit = 8 * first; bit < 8 * end; ++bit) {
      int changed = 0;
      constexpr int kFrames = 200;
      for (int i = 0; i < kFrames; ++i) {
        Bytes frame = base;
        for (std::size_t at = first; at < end; ++at) frame[at] = static_cast<std::uint8_t>(random());
        const std::uint32_t before = hash_of(frame);
        frame[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
        changed += std::popcount(before ^ hash_of(frame));
      }
      CAPTURE(bit);
      CHECK(changed > 32 * kFrames * 45 / 100);
      CHECK(changed < 32 * kFrames * 55 / 100);
    }
}

TEST_CASE("flows that look alike spread as random ones do, whoever spreads them") {
  for (const std::string& capture : kFlowCaptures) {
    const std::vector<Bytes> frames = frames_of_flows(capture);
    for (const std::uint32_t salt : {0U, 1U, 2U, static_cast<std::uint32_t>(Spreader::copies),
                                     static_cast<std::uint32_t>(Spreader::rings)}) {
      CAPTURE(capture, salt);
      std::vector<std::uint64_t> shares(8);
      for (const Bytes& frame : frames) ++shares[spread(hash_of(frame), salt, 8)];
      check_even(shares);
    }
    std::set<std::uint32_t> hashes;
    for (const Bytes& frame : frames) hashes.insert(hash_of(frame));
    CHECK(hashes.size() == 256);
  }
}

TEST_CASE("packets of a connection whose length is 0 have the hash of the others") {
  for (const char* name : {"tso", "tso6"}) {
    const auto capture = read_capture(source_path() / "tests/net/flows" / (std::string(name) + ".pcap"));
    REQUIRE(capture);
    std::set<std::uint32_t> hashes;
    for (const CapturedFrame& frame : capture->frames) hashes.insert(hash_of(frame.bytes));
    CAPTURE(name, capture->frames.size());
    CHECK(hashes.size() == 16);
  }
}

TEST_CASE("what one spreader has sorted, another one spreads evenly again") {
  std::vector<std::uint64_t> shares(8);
  std::uint64_t sum = 0;
  for (std::uint32_t hash = 0; hash < 80'000; ++hash)
    if (spread(hash, 0, 8) == 3) {
      ++shares[spread(hash, Spreader::copies, 8)];
      ++sum;
    }
  for (const std::uint64_t share : shares) {
    CHECK(share > sum / 8 * 9 / 10);
    CHECK(share < sum / 8 * 11 / 10);
  }
}

TEST_CASE("flows that collide under one key do not under another one, which keeps directions together") {
  struct Restore {
    ~Restore() { key_flow_hash(0); }
  } restore;
  // As somebody would choose flows who knows the key of seed 0.
  std::vector<Bytes> chosen;
  for (int i = 0; chosen.size() < 64; ++i) {
    Bytes frame = udp_between("192.0.2.1", "198.51.100.7", static_cast<std::uint16_t>(i), 53);
    if (spread(hash_of(frame), Spreader::copies, 8) == 0) chosen.push_back(std::move(frame));
  }
  const std::uint32_t before = hash_of(chosen.front());
  key_flow_hash(20261129);
  CHECK(hash_of(chosen.front()) != before);
  std::set<std::uint32_t> places;
  for (const Bytes& frame : chosen) places.insert(spread(hash_of(frame), Spreader::copies, 8));
  CHECK(places.size() == 8);
  CHECK(hash_of(udp_between("192.0.2.1", "198.51.100.7", 5123, 53)) ==
        hash_of(udp_between("198.51.100.7", "192.0.2.1", 53, 5123)));
  key_flow_hash(0);
  CHECK(hash_of(chosen.front()) == before);
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
  const Bytes whole = ethernet({}, ipv4({.protocol = 17}, udp({}, counting(8))));
  CHECK(hash_of(one) != hash_of(whole));
}

TEST_CASE("what is no IP is hashed over MACs and EtherType") {
  const Bytes frame = arp_frame();
  const std::uint32_t hash = hash_of(frame);
  Bytes same = frame;
  same[20] ^= 1;  // behind the header
  CHECK(hash_of(same) == hash);
  for (const std::size_t at : {0U, 5U, 6U, 11U, 13U}) {
    Bytes other = frame;
    other[at] ^= 1;
    CAPTURE(at);
    CHECK(hash_of(other) != hash);
  }
  Bytes bad_version = udp_frame();
  bad_version[14] = 0x55;
  Bytes other_flow = bad_version;
  other_flow[30] ^= 1;
  CHECK(hash_of(bad_version) == hash_of(other_flow));
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
