// What stands in the header of a frame.

#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
namespace feature = drivers::virtio::feature;

TEST_CASE("What the guest has not summed is summed here") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kCsum});
  for (const Bytes& right : {udp_frame(), tcp_frame(), udp6_frame(), vlan_udp_frame()}) {
    const std::size_t l3 = right[12] == 0x81 ? 18 : 14;
    const bool v6 = right[l3] >> 4 == 6;
    const std::size_t l4 = l3 + (v6 ? 40 : 20);
    const bool is_tcp = right[v6 ? l3 + 6 : l3 + 9] == 6;
    const std::size_t field = l4 + (is_tcp ? 16 : 6);
    // What a guest leaves in the field: the sum of the pseudo header.
    const std::size_t end = v6 ? l4 + static_cast<std::size_t>(right[l3 + 4] << 8 | right[l3 + 5])
                               : l3 + static_cast<std::size_t>(right[l3 + 2] << 8 | right[l3 + 3]);
    auto pseudo = Bytes(std::span(right).subspan(v6 ? l3 + 8 : l3 + 12, v6 ? 32 : 8));
    const std::size_t length = end - l4;
    pseudo = join({pseudo,
                   {0, right[v6 ? l3 + 6 : l3 + 9], static_cast<std::uint8_t>(length >> 8),
                    static_cast<std::uint8_t>(length)}});
    const auto sum = static_cast<std::uint16_t>(~plain_checksum(pseudo));
    Bytes sent = right.first(end);
    sent[field] = static_cast<std::uint8_t>(sum >> 8);
    sent[field + 1] = static_cast<std::uint8_t>(sum);
    guest.transmit(sent, {.flags = 1,
                          .checksum_start = static_cast<std::uint16_t>(l4),
                          .checksum_offset = static_cast<std::uint16_t>(field - l4)});
    CHECK(take(rig) == std::vector<Bytes>{right.first(end)});
  }
}

TEST_CASE("D21 CVE-2024-11614 a header that asks for what is not in the frame loses the frame") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kCsum});
  const std::vector<drivers::virtio::NetHeader> wrong = {
      {.flags = 1, .checksum_start = 34, .checksum_offset = 25},    // the field ends one byte behind
      {.flags = 1, .checksum_start = 60, .checksum_offset = 0},     // starts at the end
      {.flags = 1, .checksum_start = 65535, .checksum_offset = 0},  // far away
      {.flags = 1, .checksum_start = 65535, .checksum_offset = 65535},
      {.flags = 1, .checksum_start = 0, .checksum_offset = 65535},
      {.flags = 1, .checksum_start = 0, .checksum_offset = 6},  // over the MAC addresses
      {.gso_type = 1, .gso_size = 0},                           // segments were not offered
      {.flags = 1, .gso_type = 4, .header_length = 65535, .gso_size = 65535, .checksum_start = 34},
      {.gso_type = 0x80},
      {.gso_type = 0xff},
  };
  for (const auto& header : wrong) {
    guest.transmit(frame(60), header);
    CHECK(take(rig).empty());
  }
  CHECK(rig.counter("bad_header") == wrong.size());
  guest.transmit(frame(60), {.header_length = 65535, .gso_size = 65535, .checksum_start = 9000});
  CHECK(take(rig) == std::vector<Bytes>{frame(60)});
  guest.transmit(frame(60), {.flags = 1, .checksum_start = 34, .checksum_offset = 24});
  CHECK(take(rig).size() == 1);
}

TEST_CASE("D21 without CSUM no checksum may be asked for") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  guest.transmit(frame(60), {.flags = 1, .checksum_start = 34, .checksum_offset = 6});
  CHECK(take(rig).empty());
  CHECK(rig.counter("bad_header") == 1);
}
