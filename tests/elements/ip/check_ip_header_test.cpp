#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow::test;

namespace {
constexpr std::size_t kIp = 14;

void set16(Bytes& frame, std::size_t at, unsigned value) {
  frame[at] = static_cast<std::uint8_t>(value >> 8);
  frame[at + 1] = static_cast<std::uint8_t>(value);
}

/// The frame with its IPv4 checksum made right for `header` bytes.
Bytes summed(Bytes frame, std::size_t header = 20) {
  set16(frame, kIp + 10, 0);
  set16(frame, kIp + 10, plain_checksum(std::span(frame).subspan(kIp, header)));
  return frame;
}

/// A good frame, one byte of whose IP header is another; the checksum is right.
Bytes with_byte(std::size_t at, std::uint8_t value, std::size_t header = 20) {
  Bytes frame = udp_frame();
  frame[kIp + at] = value;
  return summed(frame, header);
}

/// Sends the frame and says which check it failed: the counter that moved, or its exit.
std::string verdict(const Input& frame, const char* toml = "") {
  ElementHarness check("CheckIPHeader", toml);
  const Sent sent = check.send(frame);
  if (sent.exit != "out") CHECK(sent.bytes == frame.bytes);
  std::string moved;
  for (const auto& counter : check.spec().counters)
    for (std::uint64_t i = 0; i < check.counter(counter.name); ++i) moved += counter.name;
  CHECK((sent.exit == "bad") == !moved.empty());
  return moved.empty() ? sent.exit : moved;
}
}  // namespace

TEST_CASE("CheckIPHeader passes good headers, with options and behind VLAN tags too") {
  CHECK(verdict(udp_frame()) == "out");
  CHECK(verdict(vlan_udp_frame()) == "out");
  CHECK(verdict(ethernet({}, ipv4({.options = Bytes(40, 1)}, udp({}, counting(8))))) == "out");
  CHECK(verdict(ethernet({}, ipv4({.protocol = 255}, {}))) == "out");
}

TEST_CASE("CheckIPHeader passes a total length of 0, which reaches to the end of the frame") {
  const Bytes frame = with_byte(3, 0);
  ElementHarness check("CheckIPHeader");
  const Sent sent = check.send(Input(frame, 9000));
  CHECK(sent.exit == "out");
  CHECK(sent.bytes == frame);
  CHECK(sent.wire_length == 9000);
}

TEST_CASE("CheckIPHeader takes an address alone as a prefix of all its bits") {
  CHECK(verdict(udp_frame(), "bad_sources = [\"192.0.2.1\"]") == "bad_source");
  CHECK(verdict(udp_frame(), "bad_sources = [\"192.0.2.2\"]") == "out");
}

TEST_CASE("CheckIPHeader sends what is not IPv4 to not_ip") {
  CHECK(verdict(arp_frame()) == "not_ip");
  CHECK(verdict(udp6_frame()) == "not_ip");
  CHECK(verdict(Bytes{}) == "not_ip");
  CHECK(verdict(udp_frame().first(13)) == "not_ip");
}

TEST_CASE("D5: CheckIPHeader names each wrong field of the IPv4 header") {
  CHECK(verdict(with_byte(0, 0x55)) == "bad_version");
  CHECK(verdict(with_byte(0, 0x65)) == "bad_version");
  for (const std::uint8_t words : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{4}})
    CHECK(verdict(with_byte(0, static_cast<std::uint8_t>(0x40 | words))) == "bad_header_length");
  CHECK(verdict(with_byte(0, 0x4f)) == "bad_length");  // 60 bytes of header, 46 are there
  CHECK(verdict(with_byte(3, 19)) == "bad_total_length");
  CHECK(verdict(with_byte(3, 47)) == "bad_total_length");
  CHECK(verdict(with_byte(2, 255)) == "bad_total_length");
}

TEST_CASE("D5: CheckIPHeader makes the checks of RFC 1812, 5.2.2 in their order") {
  // Everything is wrong; what a check complains of is put right before the next one.
  Bytes frame = udp_frame();
  frame[kIp] = 0x54;
  set16(frame, kIp + 2, 19);
  set16(frame, kIp + 10, 0x1234);
  CHECK(verdict(frame.first(kIp + 19)) == "bad_length");
  CHECK(verdict(frame) == "bad_checksum");
  CHECK(verdict(summed(frame)) == "bad_version");
  frame[kIp] = 0x44;
  CHECK(verdict(summed(frame)) == "bad_header_length");
  frame[kIp] = 0x45;
  CHECK(verdict(summed(frame)) == "bad_total_length");
  set16(frame, kIp + 2, 46);
  CHECK(verdict(summed(frame), "bad_sources = [\"192.0.2.0/24\"]") == "bad_source");
  CHECK(verdict(summed(frame)) == "out");
}

TEST_CASE("D5: CheckIPHeader cuts the padding behind the total length off") {
  const Bytes good = ethernet({}, ipv4({}, udp({}, counting(2))));
  ElementHarness check("CheckIPHeader");
  const Sent sent = check.send(padded(good));
  CHECK(sent.exit == "out");
  CHECK(sent.bytes == good);
  CHECK(sent.wire_length == good.size());
}

TEST_CASE("CheckIPHeader takes a frame that a capture cut for as long as it was on the wire") {
  const Bytes frame = udp_frame();
  CHECK(verdict(Input(frame.first(34), 60)) == "out");
  CHECK(verdict(Input(frame.first(34), 59)) == "bad_total_length");
  const Sent padded_on_the_wire = ElementHarness("CheckIPHeader").send(Input(frame.first(34), 64));
  CHECK(padded_on_the_wire.bytes == frame.first(34));
  CHECK(padded_on_the_wire.wire_length == 60);
}

TEST_CASE("D1: CheckIPHeader finds an IPv4 header bad that is cut at any byte") {
  const Bytes frame = ethernet({}, ipv4({.options = Bytes(8, 1)}, udp({}, counting(8))));
  for (std::size_t length = 14; length < frame.size(); ++length) {
    INFO("length " << length);
    CHECK(verdict(frame.first(length)) == (length < 42 ? "bad_length" : "bad_total_length"));
  }
}

TEST_CASE("D6: CheckIPHeader refuses every wrong checksum and takes both forms of zero") {
  const Bytes good = udp_frame();
  for (std::size_t bit = 0; bit < 16; ++bit) {
    Bytes frame = good;
    frame[kIp + 10 + bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK(verdict(frame) == "bad_checksum");
  }
  // An identification for which the checksum is 0: the sum of the rest is 0xffff, and so both forms are
  // right.
  Bytes zero = good;
  set16(zero, kIp + 4, 0);
  zero = summed(zero);
  set16(zero, kIp + 4, static_cast<unsigned>(zero[kIp + 10] << 8 | zero[kIp + 11]));
  for (const unsigned form : {0x0000U, 0xffffU}) {
    set16(zero, kIp + 10, form);
    CHECK(verdict(zero) == "out");
  }
  for (const unsigned form : {0x0000U, 0xffffU}) {
    Bytes frame = good;
    set16(frame, kIp + 10, form);
    CHECK(verdict(frame) == "bad_checksum");
  }
}

TEST_CASE("CheckIPHeader leaves the checksum alone when told so") {
  Bytes frame = udp_frame();
  frame[kIp + 10] ^= 1;
  CHECK(verdict(frame, "checksum = false") == "out");
}

TEST_CASE("CheckIPHeader compares the source with prefixes of every length") {
  const Bytes frame = udp_frame();  // from 192.0.2.1
  for (const char* prefix : {"0.0.0.0/0", "128.0.0.0/1", "192.0.2.0/24", "192.0.2.1/32"})
    CHECK(verdict(frame, ("bad_sources = [\"10.0.0.0/8\", \"" + std::string(prefix) + "\"]").c_str()) ==
          "bad_source");
  CHECK(verdict(frame, "bad_sources = [\"192.0.2.0/32\", \"0.0.0.0/1\"]") == "out");
}

TEST_CASE("A14: CheckIPHeader refuses sources that are no prefixes") {
  for (const char* prefix : {"1.2.3.256/8", "10.0.0.1/33", "10.0.0.1/24", "10.0.0"})
    CHECK(refusal("CheckIPHeader", "bad_sources = [\"" + std::string(prefix) + "\"]").find("prefix") !=
          std::string::npos);
}
