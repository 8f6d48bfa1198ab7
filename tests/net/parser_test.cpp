#include "core/net/parser.hpp"

#include <catch2/catch.hpp>

#include "core/net/headers.hpp"
#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A frame with `tags` VLAN tags in front of a UDP packet.
Bytes stacked(int tags) {
  Bytes frame = from_hex("020000000002 020000000001");
  for (int i = 0; i < tags; ++i) frame = join({frame, from_hex(i % 2 == 0 ? "8100 0064" : "88a8 0fff")});
  return join({frame, from_hex("0800"), ipv4({}, udp({}, counting(4)))});
}

/// An IPv6 extension header of 8 * (units + 1) bytes.
Bytes extension(std::uint8_t next, std::uint8_t units = 0) {
  Bytes header(8U * (units + 1U), 0);
  header[0] = next;
  header[1] = units;
  return header;
}

Bytes ipv6_frame(std::uint8_t next, const Bytes& payload) {
  return ethernet({.type = 0x86dd}, ipv6({.next_header = next, .transport_checksum = false}, payload));
}

}  // namespace

TEST_CASE("the layers of plain frames are found") {
  const Layers udp4 = parse_layers(udp_frame());
  CHECK(udp4.ether_type == EtherType::ipv4);
  CHECK(udp4.l3_offset == 14);
  CHECK(udp4.l4_offset == 34);
  CHECK(udp4.ip_protocol == IpProtocol::udp);
  const Layers udp6 = parse_layers(udp6_frame());
  CHECK(udp6.ether_type == EtherType::ipv6);
  CHECK(udp6.l4_offset == 54);
  CHECK(udp6.ip_protocol == IpProtocol::udp);
  const Layers tagged = parse_layers(vlan_udp_frame());
  CHECK(tagged.ether_type == EtherType::ipv4);
  CHECK(tagged.l3_offset == 18);
  CHECK(tagged.l4_offset == 38);
  const Layers arp = parse_layers(arp_frame());
  CHECK(arp.ether_type == EtherType::arp);
  CHECK(arp.l3_offset == 14);
  CHECK(arp.l4_offset == 0);
}

TEST_CASE("an IPv4 packet of length 0 reaches to the end of the frame, whose headers may be cut") {
  Bytes frame = tcp_frame();
  frame[16] = frame[17] = 0;
  for (const Bytes& of_length_0 :
       {frame, join({frame.first(12), from_hex("8100 0064"), Bytes(std::span(frame).subspan(12))})}) {
    const Layers layers = parse_layers(of_length_0);
    CHECK(layers.l4_offset == layers.l3_offset + 20);
    CHECK(layers.ip_protocol == IpProtocol::tcp);
    CHECK(ip_end(of_length_0, layers) == of_length_0.size());
    CHECK(parse_layers(of_length_0.first(layers.l3_offset + 20U)).l4_offset == 0);
  }
  frame[17] = 19;
  CHECK(parse_layers(frame).l4_offset == 0);
}

TEST_CASE("an IPv6 packet of length 0 reaches to the end of the frame with TCP, or as a jumbogram") {
  const auto of_length_0 = [](std::uint8_t next, const Bytes& payload) {
    Bytes frame = ipv6_frame(next, payload);
    frame[18] = frame[19] = 0;
    return frame;
  };
  const Bytes segment = tcp({}, counting(9));
  const Bytes plain = of_length_0(6, segment);
  CHECK(parse_layers(plain).l4_offset == 54);
  CHECK(ip_end(plain, parse_layers(plain)) == plain.size());
  CHECK(find_ipv6_payload(plain, 14).jumbo_length == 0);
  // RFC 2675, 2: hop-by-hop, with two Pad1 in front of the option, which has no place there else.
  const Bytes padded_option = join({from_hex("06 01 00 00 c2 04 00011170 01 04 00000000"), segment});
  CHECK(find_ipv6_payload(of_length_0(0, padded_option), 14).jumbo_length == 70'000);
  const Bytes jumbogram = of_length_0(0, join({from_hex("11 00 c2 04 00011170"), udp({}, counting(9))}));
  CHECK(parse_layers(jumbogram).l4_offset == 62);
  CHECK(parse_layers(jumbogram).ip_protocol == IpProtocol::udp);
  CHECK(ip_end(jumbogram, parse_layers(jumbogram)) == jumbogram.size());
  // Anything else is padding.
  for (const Bytes& frame : {of_length_0(17, udp({}, counting(9))), of_length_0(59, counting(9)),
                             of_length_0(0, join({extension(17), udp({}, counting(9))}))}) {
    CHECK(parse_layers(frame).l4_offset == 0);
    CHECK(ip_end(frame, parse_layers(frame)) == 54);
  }
}

TEST_CASE("behind a routing header with stations left the final destination is found") {
  const auto routed = [](const char* start, const Bytes& addresses) {
    return find_ipv6_payload(ipv6_frame(43, join({from_hex(start), addresses, udp({}, counting(4))})), 14);
  };
  const Bytes two = counting(32);
  CHECK(routed("11 04 00 02 00000000", two).final_destination == 54 + 8 + 16);
  CHECK(routed("11 02 02 01 00000000", two.first(16)).final_destination == 54 + 8);
  CHECK(routed("11 04 04 01 01000000", two).final_destination == 54 + 8);  // the last segment comes first
  CHECK(routed("11 04 03 01 00000000", two).routed);
  CHECK(routed("11 04 03 01 00000000", two).final_destination == 0);  // compressed: RFC 6554
  CHECK(routed("11 00 00 01 00000000", {}).final_destination == 0);   // none is there
  CHECK_FALSE(routed("11 04 00 00 00000000", two).routed);
  CHECK(find_ipv6_payload(
            ipv6_frame(51, join({from_hex("11 01 0000 00000001"), counting(4), udp({}, counting(4))})), 14)
            .authenticated);
}

TEST_CASE("D1: frames of every length up to 60 are parsed within their bounds") {
  for (const Bytes& frame : {padded(udp_frame()), padded(tcp_frame()), padded(udp6_frame()), vlan_udp_frame(),
                             padded(arp_frame()), stacked(4)}) {
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      const Bytes cut = frame.first(length);
      const Layers layers = parse_layers(cut);
      CAPTURE(length);
      CHECK((layers.l3_offset == 0 || layers.l3_offset < length));
      CHECK((layers.l4_offset == 0 || (layers.l4_offset > layers.l3_offset && layers.l4_offset < length)));
      if (length < 14) CHECK(layers.ether_type == EtherType{});
      if (length == 14) CHECK(layers.l3_offset == 0);
    }
  }
}

TEST_CASE("D2: lengths, odd EtherTypes and odd addresses are no reason to stop") {
  CHECK(parse_layers(ethernet({.type = 0x0026}, counting(50))).ether_type == EtherType{0x26});
  CHECK(parse_layers(ethernet({.type = 0}, counting(50))).l3_offset == 14);
  CHECK(parse_layers(ethernet({.type = 0xffff}, counting(50))).ether_type == EtherType{0xffff});
  const Bytes group_source = ethernet({.source = "ff:ff:ff:ff:ff:ff"}, ipv4({}, udp({}, counting(4))));
  CHECK(parse_layers(group_source).l4_offset == 34);
}

TEST_CASE("D3: up to eight VLAN tags are looked through, more are left alone") {
  for (int tags = 0; tags <= 32; ++tags) {
    CAPTURE(tags);
    const Layers layers = parse_layers(stacked(tags));
    if (tags <= kMaxVlanTags) {
      CHECK(layers.ether_type == EtherType::ipv4);
      CHECK(layers.l3_offset == 14 + 4 * tags);
      CHECK(layers.l4_offset == 34 + 4 * tags);
    } else {
      CHECK(layers.ether_type == EtherType::vlan);
      CHECK(layers.l3_offset == 0);
      CHECK(layers.l4_offset == 0);
    }
  }
}

TEST_CASE("D3: a VLAN tag cut at each byte is no tag") {
  const Bytes frame = vlan_udp_frame();
  for (std::size_t length = 14; length < 18; ++length) {
    const Layers layers = parse_layers(frame.first(length));
    CHECK(layers.ether_type == EtherType::vlan);
    CHECK(layers.l3_offset == 0);
  }
  CHECK(parse_layers(frame.first(18)).ether_type == EtherType::ipv4);
  CHECK(parse_layers(frame.first(18)).l3_offset == 0);
}

TEST_CASE("D3: all kinds of tags and identifiers are looked through") {
  for (const char* type : {"8100", "88a8", "9100"})
    for (const char* tci : {"0000", "0fff", "ffff"}) {
      const Bytes frame = join({from_hex("020000000002 020000000001"), from_hex(type), from_hex(tci),
                                from_hex("0800"), ipv4({}, udp({}, counting(4)))});
      CHECK(parse_layers(frame).l4_offset == 38);
    }
}

TEST_CASE("D5: no transport header behind a bad IPv4 header") {
  const Bytes good = udp_frame();
  const auto with = [&](std::size_t offset, std::uint8_t value) {
    Bytes frame = good;
    frame[offset] = value;
    return parse_layers(frame);
  };
  CHECK(with(14, 0x55).l4_offset == 0);  // version 5
  CHECK(with(14, 0x44).l4_offset == 0);  // header of 16 bytes
  CHECK(with(14, 0x40).l4_offset == 0);
  CHECK(with(14, 0x4f).l4_offset == 0);  // longer than the frame
  CHECK(with(17, 19).l4_offset == 0);    // total length below the header
  CHECK(with(17, 20).l4_offset == 0);    // nothing behind the header but padding
  CHECK(with(17, 21).l4_offset == 34);
  CHECK(with(16, 0xff).l4_offset == 34);  // a frame that a capture cut
  CHECK(with(14, 0x55).l3_offset == 14);
}

TEST_CASE("IPv4 options are passed over") {
  const Bytes frame = ethernet({}, ipv4({.options = Bytes(40, 1)}, udp({}, counting(4))));
  CHECK(parse_layers(frame).l4_offset == 74);
}

TEST_CASE("only the first fragment has a transport header") {
  CHECK(parse_layers(ethernet({}, ipv4({.fragment = 0x2000}, counting(40)))).l4_offset == 34);
  const Layers later = parse_layers(ethernet({}, ipv4({.fragment = 0x0001}, counting(40))));
  CHECK(later.l4_offset == 0);
  CHECK(later.ip_protocol == IpProtocol::udp);
  CHECK(parse_layers(ethernet({}, ipv4({.fragment = 0x4000}, counting(40)))).l4_offset == 34);
}

TEST_CASE("IPv6 extension headers are looked through") {
  const Bytes payload = udp({}, counting(4));
  const Bytes chain = join({extension(60), extension(43, 2), extension(135), extension(17), payload});
  const Layers layers = parse_layers(ipv6_frame(0, chain));
  CHECK(layers.l4_offset == 54 + 8 + 24 + 8 + 8);
  CHECK(layers.ip_protocol == IpProtocol::udp);
  Bytes authentication = extension(17, 4);  // (4 + 2) * 4 = 24 bytes
  authentication.resize(24);
  CHECK(parse_layers(ipv6_frame(51, join({authentication, payload}))).l4_offset == 54 + 24);
}

TEST_CASE("a chain of IPv6 extension headers is followed for sixteen headers and no further") {
  for (int count = 0; count <= 200; ++count) {
    Bytes chain;
    for (int i = 0; i < count; ++i) chain = join({chain, extension(i + 1 == count ? 17 : 60)});
    const Layers layers = parse_layers(ipv6_frame(count == 0 ? 17 : 60, join({chain, udp({}, counting(4))})));
    CAPTURE(count);
    CHECK(layers.l4_offset == (count <= kMaxExtensionHeaders ? 54 + 8 * count : 0));
  }
}

TEST_CASE("IPv6 extension headers that are cut or leave the packet are no way to a transport header") {
  const Bytes frame = ipv6_frame(0, join({extension(60, 1), extension(17), udp({}, counting(4))}));
  for (std::size_t length = 54; length <= 54 + 24; ++length)
    CHECK(parse_layers(frame.first(length)).l4_offset == 0);
  CHECK(parse_layers(frame.first(79)).l4_offset == 78);
  CHECK(parse_layers(ipv6_frame(0, extension(17, 255).first(8))).l4_offset == 0);
}

TEST_CASE("a transport header lies within the payload length of IPv6") {
  Bytes frame = udp6_frame();
  frame[18] = frame[19] = 0;
  CHECK(parse_layers(frame).l4_offset == 0);
  frame[19] = 1;
  CHECK(parse_layers(frame).l4_offset == 54);
  frame[18] = 0xff;
  CHECK(parse_layers(frame).l4_offset == 54);
}

TEST_CASE("IPv6 with another version, no next header, or an encrypted payload") {
  Bytes frame = udp6_frame();
  frame[14] = 0x40;
  CHECK(parse_layers(frame).l4_offset == 0);
  CHECK(parse_layers(ipv6_frame(59, counting(8))).l4_offset == 0);
  const Layers esp = parse_layers(ipv6_frame(50, counting(8)));
  CHECK(esp.l4_offset == 54);
  CHECK(esp.ip_protocol == IpProtocol{50});
}

TEST_CASE("IPv6 fragments have a transport header when they are the first") {
  Bytes fragment = extension(17);
  fragment[3] = 0x01;  // offset 0, more fragments
  CHECK(parse_layers(ipv6_frame(44, join({fragment, udp({}, counting(4))}))).l4_offset == 62);
  fragment[3] = 0x08;  // offset 8
  CHECK(parse_layers(ipv6_frame(44, join({fragment, udp({}, counting(4))}))).l4_offset == 0);
  fragment[3] = 0x00;  // an atomic fragment
  CHECK(parse_layers(ipv6_frame(44, join({fragment, udp({}, counting(4))}))).l4_offset == 62);
}

TEST_CASE("the end of an IP packet is where its header says, but not behind the frame") {
  const Bytes frame = ethernet({}, ipv4({}, udp({}, counting(4))));
  CHECK(ip_end(padded(frame), parse_layers(frame)) == frame.size());
  CHECK(ip_end(frame.first(40), parse_layers(frame)) == 40);
  CHECK(ip_end(udp6_frame(), parse_layers(udp6_frame())) == udp6_frame().size());
  CHECK(ip_end(padded(arp_frame()), parse_layers(arp_frame())) == 60);
}

TEST_CASE("all frames of a real capture are parsed as another dissector does") {
  const auto capture = read_capture(source_path() / "pipelines/captures/internet-4k.pcap");
  REQUIRE(capture);
  std::size_t udp_packets = 0;
  std::size_t udp_headers = 0;
  for (const CapturedFrame& frame : capture->frames) {
    const Layers layers = parse_layers(frame.bytes);
    CHECK(layers.l3_offset == 18);
    if (layers.ip_protocol != IpProtocol::udp) continue;
    ++udp_packets;
    udp_headers += layers.l4_offset != 0 ? 1 : 0;
  }
  CHECK(capture->frames.size() == 4096);
  CHECK(udp_packets == 789);  // as tshark counts "ip.proto == 17"
  CHECK(udp_headers == 788);  // and "udp": one is a later fragment
}
