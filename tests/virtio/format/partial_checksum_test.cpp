#include "drivers/virtio/format/partial_checksum.hpp"

#include <catch2/catch.hpp>

#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using drivers::virtio::complete_partial_checksum;
using drivers::virtio::NetHeader;

namespace {

NetHeader partial(std::uint16_t start, std::uint16_t offset) {
  return {.flags = NetHeader::kNeedsChecksum, .checksum_start = start, .checksum_offset = offset};
}

std::uint16_t word(const Bytes& frame, std::size_t at) {
  return static_cast<std::uint16_t>(frame[at] << 8 | frame[at + 1]);
}

}  // namespace

TEST_CASE("a partial checksum is the sum of all behind it, what stands in its field included") {
  Bytes frame(39, 0);
  frame[0] = 0x77;  // in front of what is summed
  frame[14] = 0x12;
  frame[15] = 0x34;
  frame[20] = 0x01;  // the field
  frame[38] = 0x02;  // half a word
  REQUIRE(complete_partial_checksum(frame, partial(14, 6)));
  CHECK(word(frame, 20) == static_cast<std::uint16_t>(~(0x1234 + 0x0100 + 0x0200)));
}

TEST_CASE("a UDP checksum that comes out as 0 is 0xffff, a TCP checksum stays 0") {
  Bytes udp(60, 0);
  udp[14] = udp[15] = 0xff;
  Bytes tcp = udp;
  REQUIRE(complete_partial_checksum(udp, partial(14, 6)));
  CHECK(word(udp, 20) == 0xffff);
  tcp[30] = tcp[31] = 0xff;
  REQUIRE(complete_partial_checksum(tcp, partial(14, 16)));
  CHECK(word(tcp, 30) == 0);
}

TEST_CASE("D21 a partial checksum outside of the frame, or in its Ethernet header, is refused") {
  const Bytes before(60, 0x11);
  Bytes frame = before;
  CHECK_FALSE(complete_partial_checksum(frame, partial(0, 6)));
  CHECK_FALSE(complete_partial_checksum(frame, partial(13, 6)));
  CHECK_FALSE(complete_partial_checksum(frame, partial(14, 45)));
  CHECK_FALSE(complete_partial_checksum(frame, partial(60, 0)));
  CHECK_FALSE(complete_partial_checksum(frame, partial(14, 65535)));
  CHECK_FALSE(complete_partial_checksum(frame, partial(65535, 65535)));
  CHECK(frame == before);
  CHECK(complete_partial_checksum(frame, partial(14, 44)));
  Bytes nothing;
  CHECK_FALSE(complete_partial_checksum(nothing, partial(0, 0)));
}
