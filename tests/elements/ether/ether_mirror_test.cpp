#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow::test;

TEST_CASE("EtherMirror swaps the addresses and touches nothing else") {
  ElementHarness mirror("EtherMirror");
  for (const Bytes& frame : {udp_frame(), vlan_udp_frame(), udp6_frame(), arp_frame()}) {
    const Sent sent = mirror.send(frame);
    CHECK(sent.exit == "out");
    Bytes expected = frame;
    std::copy_n(frame.begin() + 6, 6, expected.begin());
    std::copy_n(frame.begin(), 6, expected.begin() + 6);
    CHECK(sent.bytes == expected);
    CHECK(mirror.send(sent.bytes).bytes == frame);
  }
}

TEST_CASE("EtherMirror takes a frame of any length, and drops it where there is no whole Ethernet header") {
  ElementHarness mirror("EtherMirror");
  const Bytes frame = udp_frame();
  for (std::size_t length = 0; length <= frame.size(); ++length) {
    INFO("length " << length);
    const Sent sent = mirror.send(Input(frame.first(length), 60));
    CHECK(sent.exit == (length < 14 ? "truncated" : "out"));
    Bytes expected = frame.first(length);
    if (length >= 14) std::swap_ranges(expected.begin(), expected.begin() + 6, expected.begin() + 6);
    CHECK(sent.bytes == expected);
    CHECK(sent.wire_length == 60);
  }
}
