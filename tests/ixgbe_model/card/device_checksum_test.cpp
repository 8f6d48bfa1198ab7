#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

/// What a frame's type and checksum bits are.
struct Seen {
  std::uint64_t type;
  bool ip_checked, l4_checked, ip_wrong, l4_wrong;
  bool operator==(const Seen&) const = default;
};
Seen look(const Bytes& frame) {
  Rig rig;
  rig.bring_up();
  rig.start_rx(0);
  rig.receive(padded(frame));
  const std::uint64_t high = rig.rx(0, 0).high;
  return {rig.rx(0, 0).low >> 4 & 0x1FFF, (high >> 6 & 1) != 0, (high >> 5 & 1) != 0, (high >> 31 & 1) != 0,
          (high >> 30 & 1) != 0};
}

}  // namespace

TEST_CASE("Packet types and checksums are recognised") {
  const Bytes payload = counting(30);
  CHECK(look(udp_frame()) == Seen{0x21, true, true, false, false});
  CHECK(look(tcp_frame()) == Seen{0x11, true, true, false, false});
  CHECK(look(udp6_frame()) == Seen{0x24, false, true, false, false});
  CHECK(look(arp_frame()) == Seen{0, false, false, false, false});
  CHECK(look(vlan_udp_frame()) == Seen{0x1021, true, true, false, false});
  const auto fragment =
      ethernet({}, ipv4({.fragment = 0x2000, .transport_checksum = false}, udp({}, payload)));
  CHECK(look(fragment) == Seen{0x01, true, false, false, false});
  const auto options = ethernet({}, ipv4({.protocol = 6, .options = counting(4)}, tcp({}, payload)));
  CHECK(look(options) == Seen{0x13, true, true, false, false});
  Bytes bad_ip = udp_frame();
  bad_ip[24] ^= 1;
  CHECK(look(bad_ip) == Seen{0x21, true, true, true, false});
  Bytes bad_udp = udp_frame();
  bad_udp.back() ^= 1;
  CHECK(look(bad_udp) == Seen{0x21, true, true, false, true});
}

TEST_CASE("UDP over IPv4 without a checksum is not checked") {
  CHECK(look(ethernet({}, ipv4({.transport_checksum = false}, udp({}, counting(30))))) ==
        Seen{0x21, true, false, false, false});
}

TEST_CASE("Headers that do not fit their frame are not recognised") {
  Bytes frame = udp_frame();
  frame[16] = 0x40;  // an IPv4 length of 16 KiB
  CHECK(look(frame).type == 0);
  frame = udp_frame();
  frame[14] = 0x4F;  // 60 bytes of header
  CHECK(look(frame).type == 0);
  frame = udp6_frame();
  frame[18] = 0x40;
  CHECK(look(frame).type == 0);
}
