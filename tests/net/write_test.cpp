#include "core/net/write.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "core/net/checksum.hpp"
#include "core/net/parser.hpp"
#include "tests/support/frames.hpp"

// What is written must be the same as what tests/support/frames builds by itself.
namespace ixyflow::test {
namespace {

constexpr EtherAddress kFrom{{0x02, 0, 0, 0, 0, 1}};
constexpr EtherAddress kTo{{0x02, 0, 0, 0, 0, 2}};
constexpr Ipv4Fields kIp{.source = {{192, 0, 2, 1}},
                         .destination = {{198, 51, 100, 2}},
                         .protocol = IpProtocol::udp,
                         .identification = 0x1234};

Ipv6Fields ip6(IpProtocol next) {
  return {.source = *parse_ipv6_address("2001:db8::1"),
          .destination = *parse_ipv6_address("2001:db8::2"),
          .next_header = next};
}

/// Headers of `size` bytes in front of `payload`, all of them 0xee before they are written.
Bytes in_front_of(const Bytes& payload, std::size_t size) {
  return join({Bytes(size, 0xee), payload});
}

std::span<std::uint8_t> from(Bytes& frame, std::size_t offset) {
  return std::span(frame).subspan(offset);
}

bool transport_right(const Bytes& frame, std::uint16_t written) {
  return transport_checksum(frame, parse_layers(frame)) == written;
}

}  // namespace

TEST_CASE("UDP over IPv4 over Ethernet is written as it should be, checksums and lengths included") {
  Bytes frame = in_front_of(counting(18), 42);
  put_ethernet(frame, {kTo, kFrom, BeEtherType(EtherType::ipv4)});
  const Ipv4Header* ip = put_ipv4(from(frame, 14), kIp);
  REQUIRE(ip != nullptr);
  put_udp(from(frame, 34), {.source_port = 5123, .destination_port = 53}, addresses_of(*ip));
  CHECK(frame == udp_frame());
}

TEST_CASE("a tag, and TCP over IPv4, are written as they should be") {
  Bytes tagged = in_front_of(counting(18), 46);
  put_ethernet(tagged, {kTo, kFrom, BeEtherType(EtherType::vlan)});
  put_vlan(from(tagged, 14), 100, EtherType::ipv4);
  const Ipv4Header* ip = put_ipv4(from(tagged, 18), kIp);
  REQUIRE(ip != nullptr);
  put_udp(from(tagged, 38), {.source_port = 5123, .destination_port = 53}, addresses_of(*ip));
  CHECK(tagged == vlan_udp_frame());

  Ipv4Fields fields = kIp;
  fields.protocol = IpProtocol::tcp;
  Bytes packet = in_front_of(counting(7), 40);
  ip = put_ipv4(packet, fields);
  REQUIRE(ip != nullptr);
  put_tcp(from(packet, 20),
          {.source_port = 40000,
           .destination_port = 80,
           .sequence = 1000,
           .acknowledgement = 2000,
           .flags = tcp_flag::kPsh | tcp_flag::kAck,
           .window = 8192},
          addresses_of(*ip));
  CHECK(packet == ipv4({.protocol = 6}, tcp({}, counting(7))));
}

TEST_CASE("UDP over IPv6 is written as it should be, and without addresses it has no checksum") {
  Bytes packet = in_front_of(counting(9), 48);
  const Ipv6Header* ip = put_ipv6(packet, ip6(IpProtocol::udp));
  REQUIRE(ip != nullptr);
  UdpHeader* header =
      put_udp(from(packet, 40), {.source_port = 5123, .destination_port = 53}, addresses_of(*ip));
  CHECK(packet == ipv6({}, udp({}, counting(9))));
  REQUIRE(header != nullptr);
  header->source_port = std::uint16_t{77};
  CHECK(put_udp_checksum(from(packet, 40), addresses_of(*ip)));
  CHECK(packet == ipv6({}, udp({.source = 77}, counting(9))));
  put_udp(from(packet, 40), {.source_port = 77, .destination_port = 53});
  CHECK(header->checksum.value() == 0);
}

TEST_CASE("traffic class and flow label stand at their places") {
  Ipv6Fields fields = ip6(IpProtocol::none);
  fields.traffic_class = 0xab;
  fields.flow_label = 0x12345;
  Bytes packet(40, 0xee);
  put_ipv6(packet, fields);
  CHECK(packet.first(8) == Bytes{0x6a, 0xb1, 0x23, 0x45, 0, 0, 59, 64});
}

TEST_CASE("a UDP checksum that comes out as 0 is written as all ones (RFC 768)") {
  Bytes packet = in_front_of(Bytes(2, 0), 28);
  const Ipv4Header* ip = put_ipv4(packet, kIp);
  REQUIRE(ip != nullptr);
  const UdpHeader* header = put_udp(from(packet, 20), {}, addresses_of(*ip));
  REQUIRE(header != nullptr);
  // The payload that makes the sum all ones.
  const std::uint16_t missing = header->checksum.value();
  packet[28] = static_cast<std::uint8_t>(missing >> 8);
  packet[29] = static_cast<std::uint8_t>(missing);
  put_udp(from(packet, 20), {}, addresses_of(*ip));
  CHECK(header->checksum.value() == 0xffff);
}

TEST_CASE("ICMP and ICMPv6 messages have the checksums of their protocols") {
  Ipv4Fields fields = kIp;
  fields.protocol = IpProtocol::icmp;
  Bytes packet = in_front_of(counting(8), 28);
  put_ipv4(packet, fields);
  put_icmp(from(packet, 20), IcmpType::echo_request, 0, 7U << 16 | 9);
  CHECK(packet == ipv4({.protocol = 1}, icmp_echo(7, 9, counting(8))));

  Bytes frame = in_front_of(counting(33), 62);
  put_ethernet(frame, {kTo, kFrom, BeEtherType(EtherType::ipv6)});
  const Ipv6Header* ip = put_ipv6(from(frame, 14), ip6(IpProtocol::icmp6));
  REQUIRE(ip != nullptr);
  const IcmpHeader* message =
      put_icmp6(from(frame, 54), Icmp6Type::packet_too_big, 0, 1280, addresses_of(*ip));
  REQUIRE(message != nullptr);
  CHECK(transport_right(frame, message->checksum.value()));
  CHECK(Bytes(std::span(frame).subspan(54, 2)) == Bytes{2, 0});
  CHECK(Bytes(std::span(frame).subspan(58, 4)) == Bytes{0, 0, 5, 0});
}

TEST_CASE("ARP requests and replies are those of RFC 826") {
  Bytes message(28, 0xee);
  const ArpMessage* arp = put_arp(message, {.operation = ArpOperation::request,
                                            .sender = kFrom,
                                            .sender_ip = {{192, 0, 2, 1}},
                                            .target = {},
                                            .target_ip = {{192, 0, 2, 9}}});
  CHECK(message == arp_request("02:00:00:00:00:01", "192.0.2.1", "192.0.2.9"));
  REQUIRE(arp != nullptr);
  CHECK(arp->is_ipv4_over_ethernet());
  message[4] = 8;
  CHECK_FALSE(arp->is_ipv4_over_ethernet());
}

TEST_CASE("GRE and VXLAN headers are those of RFC 2784 and RFC 7348") {
  Bytes gre(4, 0xee);
  put_gre(gre, EtherType::transparent_ethernet);
  CHECK(gre == Bytes{0, 0, 0x65, 0x58});
  Bytes vxlan(8, 0xee);
  const VxlanHeader* header = put_vxlan(vxlan, 0x123456);
  CHECK(vxlan == Bytes{8, 0, 0, 0, 0x12, 0x34, 0x56, 0});
  REQUIRE(header != nullptr);
  CHECK(header->has_vni());
  CHECK(header->vni() == 0x123456);

  const Bytes all{0xb0, 0x00, 0x08, 0x00};
  const auto* fields = header_at<GreHeader>(std::span<const std::uint8_t>(all), 0);
  CHECK(fields->length() == 16);
  CHECK(fields->version() == 0);
  const Bytes keyed{0x20, 0x01, 0x88, 0x0b};
  fields = header_at<GreHeader>(std::span<const std::uint8_t>(keyed), 0);
  CHECK((fields->has_key() && !fields->has_checksum() && !fields->has_sequence()));
  CHECK(fields->length() == 8);
  CHECK(fields->version() == 1);
}

TEST_CASE("A header that does not fit is not written, and not a byte of it") {
  struct Kind {
    std::size_t size;
    std::function<bool(std::span<std::uint8_t>)> put;
  };
  const Kind kinds[] = {
      {14, [](auto bytes) { return put_ethernet(bytes, {}) != nullptr; }},
      {4, [](auto bytes) { return put_vlan(bytes, 1, EtherType::ipv4) != nullptr; }},
      {20, [](auto bytes) { return put_ipv4(bytes, kIp) != nullptr; }},
      {40, [](auto bytes) { return put_ipv6(bytes, ip6(IpProtocol::udp)) != nullptr; }},
      {8, [](auto bytes) { return put_udp(bytes, {}) != nullptr; }},
      {8, [](auto bytes) { return put_udp_checksum(bytes, {}); }},
      {20, [](auto bytes) { return put_tcp(bytes, {}, {}) != nullptr; }},
      {20, [](auto bytes) { return put_tcp_checksum(bytes, {}); }},
      {8, [](auto bytes) { return put_icmp(bytes, IcmpType::echo_reply, 0, 0) != nullptr; }},
      {8, [](auto bytes) { return put_icmp6(bytes, Icmp6Type::echo_reply, 0, 0, {}) != nullptr; }},
      {28, [](auto bytes) { return put_arp(bytes, {}) != nullptr; }},
      {4, [](auto bytes) { return put_gre(bytes, EtherType::ipv4) != nullptr; }},
      {8, [](auto bytes) { return put_vxlan(bytes, 1) != nullptr; }},
  };
  for (const Kind& kind : kinds)
    for (std::size_t size = 0; size <= kind.size; ++size) {
      Bytes bytes(size, 0xee);
      CAPTURE(kind.size, size);
      CHECK(kind.put(bytes) == (size == kind.size));
      if (size < kind.size) CHECK(bytes == Bytes(size, 0xee));
    }
}

TEST_CASE("what is longer than a length field can say is not written") {
  Bytes long_one(65'535 + 41);
  CHECK(put_ipv4(std::span(long_one).first(65'535), kIp) != nullptr);
  CHECK(put_ipv4(std::span(long_one).first(65'536), kIp) == nullptr);
  CHECK(put_udp(std::span(long_one).first(65'536), {}) == nullptr);
  CHECK(put_ipv6(std::span(long_one).first(65'535 + 40), ip6(IpProtocol::udp)) != nullptr);
  CHECK(put_ipv6(long_one, ip6(IpProtocol::udp)) == nullptr);
}

}  // namespace ixyflow::test
