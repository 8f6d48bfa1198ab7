#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/elements/ether/chain.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE("Strip takes bytes off the front and drops what is shorter") {
  ElementHarness strip("Strip", "length = 14");
  const Bytes frame = udp_frame();
  for (std::size_t length = 0; length <= frame.size(); ++length) {
    const Sent sent = strip.send(frame.first(length));
    CHECK(sent.exit == (length < 14 ? "truncated" : "out"));
    if (length >= 14) CHECK(sent.bytes == Bytes(std::span(frame).subspan(14, length - 14)));
  }
}

TEST_CASE("Strip shortens the length on the wire of a cut frame as well") {
  const Sent sent = ElementHarness("Strip", "length = 14").send(Input(udp_frame().first(40), 1500));
  CHECK(sent.bytes.size() == 26);
  CHECK(sent.wire_length == 1486);
}

TEST_CASE("Unstrip puts bytes in front of the packet and drops it where the buffer has none") {
  ElementHarness unstrip("Unstrip", "length = 14");
  const Sent sent = unstrip.send(udp_frame());
  CHECK(sent.exit == "out");
  REQUIRE(sent.bytes.size() == udp_frame().size() + 14);
  CHECK(Bytes(std::span(sent.bytes).subspan(14)) == udp_frame());

  const Sent refused = ElementHarness("Unstrip", "length = 4096").send(udp_frame());
  CHECK(refused.exit == "no_headroom");
  CHECK(refused.bytes == udp_frame());
}

TEST_CASE("Unstrip after Strip gives the frame back") {
  ElementHarness strip("Strip", "length = 18");
  ElementHarness unstrip("Unstrip", "length = 18");
  const Bytes frame = vlan_udp_frame();
  PacketOnItsWay packet(strip.pool(), frame);
  CHECK(packet.through(strip).bytes() == Bytes(std::span(frame).subspan(18)));
  CHECK(packet.through(unstrip).bytes() == frame);
}

TEST_CASE("Unstrip shows nothing of what was in the buffer before") {
  ElementHarness unstrip("Unstrip", "length = 20");
  // The next packet gets the buffer that was freed last.
  Packet* older = nullptr;
  REQUIRE(unstrip.pool().allocate({&older, 1}) == 1);
  std::memset(older->data() - older->headroom(), 0xee, older->headroom());
  unstrip.pool().free(older);
  const Sent sent = unstrip.send(udp_frame());
  REQUIRE(sent.exit == "out");
  CHECK(std::ranges::count(std::span(sent.bytes).first(20), 0) == 20);
}

TEST_CASE("Strip and Unstrip forget where the layers were") {
  ElementHarness strip("Strip", "length = 4");
  ElementHarness unstrip("Unstrip", "length = 4");
  PacketOnItsWay packet(strip.pool(), udp_frame());
  parse(packet.packet());
  CHECK_FALSE(packet.through(strip).packet().has(PacketFlag::parsed));
  parse(packet.packet());
  CHECK_FALSE(packet.through(unstrip).packet().has(PacketFlag::parsed));
}

TEST_CASE("Strip and Unstrip take lengths that fit a packet") {
  for (const char* type : {"Strip", "Unstrip"}) {
    CHECK_FALSE(refusal(type, "length = -1").empty());
    CHECK_FALSE(refusal(type, "length = 65536").empty());
    CHECK_FALSE(refusal(type, "").empty());
    CHECK(refusal(type, "length = 0").empty());
  }
}
