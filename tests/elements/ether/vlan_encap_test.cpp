#include <catch2/catch.hpp>

#include "tests/elements/ether/chain.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {
Bytes tagged(std::uint16_t type, std::uint16_t tci, std::uint16_t inner = 0x0800) {
  return ethernet({.type = type}, vlan(tci, inner, counting(46)));
}
const Bytes kUntagged = ethernet({}, counting(46));
}  // namespace

TEST_CASE("VLANEncap tags a frame with identifier, priority and EtherType") {
  CHECK(ElementHarness("VLANEncap", "id = 100").send(kUntagged).bytes == tagged(0x8100, 100));
  CHECK(ElementHarness("VLANEncap", "id = 100\npcp = 5").send(kUntagged).bytes == tagged(0x8100, 0xa064));
  CHECK(ElementHarness("VLANEncap", "tci = 0xffff").send(kUntagged).bytes == tagged(0x8100, 0xffff));
  CHECK(ElementHarness("VLANEncap", "id = 7\nethertype = 0x88a8").send(kUntagged).bytes == tagged(0x88a8, 7));
}

TEST_CASE("VLANEncap puts its tag outside of those that are there") {
  const Sent sent = ElementHarness("VLANEncap", "id = 7\nethertype = 0x88a8").send(tagged(0x8100, 100));
  CHECK(sent.bytes == ethernet({.type = 0x88a8}, vlan(7, 0x8100, vlan(100, 0x0800, counting(46)))));
}

TEST_CASE("VLANEncap drops a frame without a whole Ethernet header, unchanged") {
  ElementHarness encap("VLANEncap", "id = 100");
  for (std::size_t length = 0; length < 20; ++length) {
    const Sent sent = encap.send(kUntagged.first(length));
    CHECK(sent.exit == (length < 14 ? "truncated" : "out"));
    CHECK(sent.bytes == (length < 14 ? kUntagged.first(length) : tagged(0x8100, 100).first(length + 4)));
  }
}

TEST_CASE("VLANEncap drops what its buffer has no room for") {
  HarnessOptions options;
  options.layout.headroom = 0;
  const Sent sent = ElementHarness("VLANEncap", "id = 100", options).send(kUntagged);
  CHECK(sent.exit == "no_headroom");
  CHECK(sent.bytes == kUntagged);
}

TEST_CASE("VLANDecap takes the outermost tag off, whatever EtherType announces it") {
  ElementHarness decap("VLANDecap");
  for (const EtherType type : {EtherType::vlan, EtherType::qinq, EtherType::qinq_old})
    CHECK(decap.send(tagged(static_cast<std::uint16_t>(type), 100)).bytes == kUntagged);
  CHECK(decap.send(ethernet({.type = 0x88a8}, vlan(7, 0x8100, vlan(100, 0x0800, counting(46))))).bytes ==
        tagged(0x8100, 100));
  CHECK(decap.counter("untagged") == 0);
}

TEST_CASE("VLANDecap passes untagged frames, counts them, and clears the annotation") {
  ElementHarness decap("VLANDecap");
  PacketOnItsWay packet(decap.pool(), kUntagged);
  packet.packet().vlan_tci = 5;
  CHECK(packet.through(decap).bytes() == kUntagged);
  CHECK(packet.packet().vlan_tci == 0);
  CHECK(decap.counter("untagged") == 1);
}

TEST_CASE("VLANDecap keeps the tag in the annotation, where VLANEncap finds it") {
  ElementHarness decap("VLANDecap");
  ElementHarness encap("VLANEncap");
  PacketOnItsWay packet(decap.pool(), tagged(0x8100, 0xb123));
  CHECK(packet.through(decap).packet().vlan_tci == 0xb123);
  CHECK(packet.through(encap).bytes() == tagged(0x8100, 0xb123));
}

TEST_CASE("VLANEncap puts back what VLANDecap took off, whatever EtherType the tag had") {
  const auto capture = read_capture(source_path() / "tests/net/filter/link_types.pcap");
  REQUIRE(capture);
  ElementHarness decap("VLANDecap");
  ElementHarness encap("VLANEncap");
  int tagged_frames = 0;
  for (const CapturedFrame& frame : capture->frames) {
    if (frame.bytes.size() < 18) continue;
    const unsigned type = frame.bytes[12] * 256U + frame.bytes[13];
    if (type != 0x8100 && type != 0x88a8 && type != 0x9100) continue;
    ++tagged_frames;
    PacketOnItsWay packet(decap.pool(), frame.bytes);
    CHECK(packet.through(decap).through(encap).bytes() == frame.bytes);
  }
  CHECK(tagged_frames > 90);
}

TEST_CASE("VLANEncap tags with 0x8100 what it is told the tag of, unless it is told the EtherType too") {
  for (const auto& [toml, expected] :
       {std::pair("id = 7", tagged(0x8100, 7)), std::pair("tci = 9", tagged(0x8100, 9)),
        std::pair("pcp = 2", tagged(0x9100, 0x4064)), std::pair("ethertype = 0x88a8", tagged(0x88a8, 100))}) {
    ElementHarness decap("VLANDecap");
    ElementHarness encap("VLANEncap", toml);
    PacketOnItsWay packet(decap.pool(), tagged(0x9100, 100));
    CHECK(packet.through(decap).through(encap).bytes() == expected);
  }
}

TEST_CASE("VLANEncap with a priority alone keeps the identifier of the annotation") {
  ElementHarness decap("VLANDecap");
  ElementHarness encap("VLANEncap", "pcp = 2");
  PacketOnItsWay packet(decap.pool(), tagged(0x8100, 0xb123));
  CHECK(packet.through(decap).through(encap).bytes() == tagged(0x8100, 0x5123));
}

TEST_CASE("VLANEncap and VLANDecap forget where the layers were") {
  ElementHarness decap("VLANDecap");
  ElementHarness encap("VLANEncap");
  PacketOnItsWay packet(decap.pool(), vlan_udp_frame());
  parse(packet.packet());
  const std::uint16_t before = packet.packet().l3_offset;
  parse(packet.through(decap).packet());
  CHECK(packet.packet().l3_offset == before - 4);
  parse(packet.through(encap).packet());
  CHECK(packet.packet().l3_offset == before);
}

TEST_CASE("VLANEncap refuses reserved identifiers, and tci beside id or pcp, and other EtherTypes") {
  CHECK(refusal("VLANEncap", "id = 4095").find("from 0 to 4094") != std::string::npos);
  CHECK(refusal("VLANEncap", "id = 1\npcp = 8").find("from 0 to 7") != std::string::npos);
  CHECK(refusal("VLANEncap", "id = 1\ntci = 1").find("'tci' stands instead of 'id' and 'pcp'") !=
        std::string::npos);
  CHECK(refusal("VLANEncap", "pcp = 1\ntci = 1").find("'tci' stands instead of 'id' and 'pcp'") !=
        std::string::npos);
  CHECK(refusal("VLANEncap", "id = 1\nethertype = 0x0800").find("not 0x0800") != std::string::npos);
}

TEST_CASE("D3: VLANDecap drops a frame whose tag is cut at any byte") {
  ElementHarness decap("VLANDecap");
  const Bytes frame = tagged(0x8100, 100);
  for (std::size_t length = 0; length <= frame.size(); ++length) {
    INFO("length " << length);
    const Sent sent = decap.send(frame.first(length));
    CHECK(sent.exit == (length < 18 ? "truncated" : "out"));
    CHECK(sent.bytes == (length < 18 ? frame.first(length) : kUntagged.first(length - 4)));
  }
}

TEST_CASE("D3: VLANDecap takes stacks of 2 to 32 tags apart one by one") {
  Bytes inner = counting(46);
  std::uint16_t type = 0x0800;
  std::vector<Bytes> stacks = {ethernet({.type = type}, inner)};
  for (std::uint16_t depth = 1; depth <= 32; ++depth) {
    inner = vlan(depth == 31 ? 4095 : depth - 1, type, inner);
    type = depth % 3 == 0 ? 0x9100 : depth % 3 == 1 ? 0x8100 : 0x88a8;
    stacks.push_back(ethernet({.type = type}, inner));
  }
  ElementHarness decap("VLANDecap");
  for (std::size_t depth = 32; depth > 0; --depth)
    CHECK(decap.send(stacks[depth]).bytes == stacks[depth - 1]);
}
