#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow::test;

namespace {
constexpr std::size_t kTtl = 14 + 8;
constexpr std::size_t kChecksum = 14 + 10;

Bytes with_ttl(std::uint8_t ttl, std::uint8_t tos = 0) {
  return ethernet({}, ipv4({.ttl = ttl, .tos = tos}, udp({}, counting(18))));
}

bool only_ttl_and_checksum_differ(const Bytes& a, const Bytes& b) {
  Bytes copy = b;
  if (a.size() != b.size()) return false;
  copy[kTtl] = a[kTtl];
  copy[kChecksum] = a[kChecksum];
  copy[kChecksum + 1] = a[kChecksum + 1];
  return copy == a;
}
}  // namespace

TEST_CASE("D7: DecIPTTL sends TTL 0 and 1 to expired, unchanged, and forwards 2 with an exact checksum") {
  ElementHarness ttl("DecIPTTL");
  for (const std::uint8_t low : {std::uint8_t{0}, std::uint8_t{1}}) {
    const Sent sent = ttl.send(with_ttl(low));
    CHECK(sent.exit == "expired");
    CHECK(sent.bytes == with_ttl(low));
  }
  const Sent sent = ttl.send(with_ttl(2));
  CHECK(sent.exit == "out");
  CHECK(sent.bytes == with_ttl(1));
}

TEST_CASE(
    "DecIPTTL lowers every TTL by exactly one and leaves a right checksum, whatever the header sums up to") {
  ElementHarness ttl("DecIPTTL");
  for (unsigned value = 2; value <= 255; ++value)
    for (unsigned tos = 0; tos < 256; tos += 5) {
      const Bytes frame = with_ttl(static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(tos));
      const Sent sent = ttl.send(frame);
      REQUIRE(sent.exit == "out");
      REQUIRE(sent.bytes[kTtl] == value - 1);
      REQUIRE(ipv4_checksum_right(sent.bytes));
      REQUIRE(only_ttl_and_checksum_differ(frame, sent.bytes));
    }
}

TEST_CASE("DecIPTTL keeps a wrong checksum wrong by the same difference") {
  ElementHarness ttl("DecIPTTL");
  for (unsigned error = 1; error < 0xffff; error += 77) {
    Bytes frame = with_ttl(64);
    const unsigned wrong = (unsigned{frame[kChecksum]} << 8 | frame[kChecksum + 1]) + error;
    frame[kChecksum] = static_cast<std::uint8_t>(wrong >> 8);
    frame[kChecksum + 1] = static_cast<std::uint8_t>(wrong);
    const auto header = [](const Bytes& bytes) { return std::span(bytes).subspan(14, 20); };
    const Sent sent = ttl.send(frame);
    CHECK(plain_checksum(header(sent.bytes)) == plain_checksum(header(frame)));
  }
}

TEST_CASE("DecIPTTL finds the header through VLAN tags") {
  const Bytes before =
      ethernet({.type = 0x88a8}, vlan(7, 0x8100, vlan(1, 0x0800, ipv4({.ttl = 9}, counting(8)))));
  const Bytes after =
      ethernet({.type = 0x88a8}, vlan(7, 0x8100, vlan(1, 0x0800, ipv4({.ttl = 8}, counting(8)))));
  CHECK(ElementHarness("DecIPTTL").send(before).bytes == after);
}

TEST_CASE("DecIPTTL passes what is not IPv4 and counts it") {
  ElementHarness ttl("DecIPTTL");
  for (const Bytes& frame : {arp_frame(), udp6_frame(), Bytes{}, udp_frame().first(13)}) {
    const Sent sent = ttl.send(frame);
    CHECK(sent.exit == "out");
    CHECK(sent.bytes == frame);
  }
  CHECK(ttl.counter("not_ip") == 4);
}

TEST_CASE("D1: DecIPTTL drops an IPv4 frame whose header is cut at any byte, unchanged") {
  ElementHarness ttl("DecIPTTL");
  for (std::size_t length = 14; length <= udp_frame().size(); ++length) {
    INFO("length " << length);
    const Bytes frame = udp_frame().first(length);
    const Sent sent = ttl.send(Input(frame, 60));
    CHECK(sent.exit == (length < 34 ? "truncated" : "out"));
    if (length < 34) CHECK(sent.bytes == frame);
    if (length >= 34) CHECK(ipv4_checksum_right(sent.bytes));
  }
}
