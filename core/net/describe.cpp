#include "core/net/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/net/addresses.hpp"
#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {
namespace {

using Frame = std::span<const std::uint8_t>;

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case 1:
      return "ICMP";
    case 2:
      return "IGMP";
    case 6:
      return "TCP";
    case 17:
      return "UDP";
    case 47:
      return "GRE";
    case 50:
      return "ESP";
    case 51:
      return "AH";
    case 58:
      return "ICMPv6";
    case 89:
      return "OSPF";
    case 132:
      return "SCTP";
    default:
      return fmt::format("IP protocol {}", protocol);
  }
}

/// The tags in front of layer 3: "vlan 100, vlan 7 (pcp 5), ".
std::string describe_tags(Frame frame) {
  std::string text;
  std::size_t offset = 12;
  for (int tags = 0; tags < kMaxVlanTags; ++tags, offset += sizeof(VlanTag)) {
    const Be16* type = header_at<Be16>(frame, offset);
    const VlanTag* tag = header_at<VlanTag>(frame, offset + sizeof(Be16));
    if (type == nullptr || tag == nullptr || !is_vlan_type(type->value())) break;
    const unsigned tci = tag->tci.value();
    text += fmt::format("vlan {}", tci & 0xfff);
    if (tci >> 13 != 0) text += fmt::format(" (pcp {})", tci >> 13);
    text += ", ";
  }
  return text;
}

std::string tcp_flags(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRPAUEW";  // FIN is the lowest bit; W stands for CWR
  std::string text;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit)
    if ((flags >> bit & 1) != 0) text += kLetters[bit];
  return text.empty() ? "none" : text;
}

std::string icmp_type(const std::uint8_t* icmp, bool v6) {
  const std::uint8_t type = icmp[0];
  const std::uint8_t code = icmp[1];
  if (type == (v6 ? 128 : 8)) return "echo request";
  if (type == (v6 ? 129 : 0)) return "echo reply";
  if (type == (v6 ? 1 : 3)) return fmt::format("unreachable, code {}", code);
  if (type == (v6 ? 3 : 11)) return fmt::format("time exceeded, code {}", code);
  if (v6 && type == 2) return "packet too big";
  if (v6 && type == 135) return "neighbor solicitation";
  if (v6 && type == 136) return "neighbor advertisement";
  return fmt::format("type {}, code {}", type, code);
}

/// The two ends of an IP packet and what it carries, collected before they are put into one line.
struct IpLine {
  std::string source;
  std::string destination;
  bool v6 = false;
  std::uint8_t protocol = 0;
  std::string note;  ///< what comes behind the name of the protocol
};

std::string put_together(const IpLine& line) {
  return fmt::format("{} > {} {}{}", line.source, line.destination, protocol_name(line.protocol), line.note);
}

void add_ports(IpLine& line, std::uint16_t source, std::uint16_t destination) {
  const auto add = [&](std::string& end, std::uint16_t port) {
    end = line.v6 ? fmt::format("[{}]:{}", end, port) : fmt::format("{}:{}", end, port);
  };
  add(line.source, source);
  add(line.destination, destination);
}

void describe_transport(Frame frame, const Layers& layers, IpLine& line) {
  const Frame packet = frame.first(ip_end(frame, layers));
  const bool icmp6 = line.protocol == static_cast<std::uint8_t>(IpProtocol::icmp6);
  if (line.protocol == static_cast<std::uint8_t>(IpProtocol::tcp)) {
    const TcpHeader* tcp = header_at<TcpHeader>(packet, layers.l4_offset);
    if (tcp == nullptr) return void(line.note = ", header cut");
    add_ports(line, tcp->source_port.value(), tcp->destination_port.value());
    line.note = fmt::format(" [{}], seq {}, ack {}, win {}", tcp_flags(tcp->flags), tcp->sequence.value(),
                            tcp->acknowledgement.value(), tcp->window.value());
  } else if (line.protocol == static_cast<std::uint8_t>(IpProtocol::udp)) {
    const UdpHeader* udp = header_at<UdpHeader>(packet, layers.l4_offset);
    if (udp == nullptr) return void(line.note = ", header cut");
    add_ports(line, udp->source_port.value(), udp->destination_port.value());
  } else if (icmp6 || line.protocol == static_cast<std::uint8_t>(IpProtocol::icmp)) {
    constexpr std::size_t kIcmpHeader = 8;
    if (layers.l4_offset + kIcmpHeader > packet.size()) return void(line.note = ", header cut");
    line.note = " " + icmp_type(packet.data() + layers.l4_offset, icmp6);
  }
}

std::string describe_ipv4(Frame frame, const Layers& layers) {
  const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (ip == nullptr) return "IPv4, header cut";
  if (ip->version() != 4) return fmt::format("IPv4, version {}", ip->version());
  IpLine line{show(ip->source), show(ip->destination), false, ip->protocol, ""};
  if (layers.l4_offset != 0)
    describe_transport(frame, layers, line);
  else if (!ip->later_fragment())
    line.note =
        fmt::format(", header length {}, total length {}", ip->header_length(), ip->total_length.value());
  if (ip->is_fragment())
    line.note += fmt::format(" fragment {:#06x} at {}", ip->identification.value(),
                             (ip->fragment.value() & 0x1fff) * 8);
  return put_together(line);
}

std::string describe_ipv6(Frame frame, const Layers& layers) {
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
  if (ip == nullptr) return "IPv6, header cut";
  if (ip->version() != 6) return fmt::format("IPv6, version {}", ip->version());
  IpLine line{show(ip->source), show(ip->destination), true, layers.ip_protocol, ""};
  if (layers.l4_offset != 0) describe_transport(frame, layers, line);
  if (find_ipv6_payload(frame, layers.l3_offset).fragment) line.note += " fragment";
  return put_together(line);
}

/// RFC 826, for IPv4 over Ethernet.
std::string describe_arp(Frame frame, const Layers& layers) {
  struct Arp {
    Be16 hardware, protocol;
    std::uint8_t hardware_length, protocol_length;
    Be16 operation;
    EtherAddress sender;
    Ipv4Address sender_ip;
    EtherAddress target;
    Ipv4Address target_ip;
  };
  const Arp* arp = header_at<Arp>(frame, layers.l3_offset);
  if (arp == nullptr) return "ARP, cut";
  if (arp->hardware_length != 6 || arp->protocol_length != 4)
    return fmt::format("ARP, address lengths {} and {}", arp->hardware_length, arp->protocol_length);
  switch (arp->operation.value()) {
    case 1:
      return fmt::format("ARP, who has {}? tell {}", show(arp->target_ip), show(arp->sender_ip));
    case 2:
      return fmt::format("ARP, {} is at {}", show(arp->sender_ip), show(arp->sender));
    default:
      return fmt::format("ARP, operation {}", arp->operation.value());
  }
}

std::string describe_ether(Frame frame, const Layers& layers) {
  const auto* ether = header_at<EtherHeader>(frame, 0);
  const std::string ends = show(ether->source) + " > " + show(ether->destination);
  constexpr unsigned kSmallestType = 0x600;
  if (layers.ether_type < kSmallestType)
    return fmt::format("{} IEEE 802.3, {} bytes", ends, layers.ether_type);
  return fmt::format("{} EtherType {:#06x}", ends, layers.ether_type);
}

std::string describe_layers(Frame frame) {
  if (frame.size() < sizeof(EtherHeader)) return "no Ethernet header";
  const Layers layers = parse_layers(frame);
  std::string text = describe_tags(frame);
  if (layers.l3_offset == 0) return text + describe_ether(frame, layers);
  switch (static_cast<EtherType>(layers.ether_type)) {
    case EtherType::ipv4:
      return text + describe_ipv4(frame, layers);
    case EtherType::ipv6:
      return text + describe_ipv6(frame, layers);
    case EtherType::arp:
      return text + describe_arp(frame, layers);
    default:
      return text + describe_ether(frame, layers);
  }
}

}  // namespace

std::string describe_frame(Frame frame, std::uint32_t wire_length) {
  std::string text = fmt::format("{}, length {}", describe_layers(frame), wire_length);
  if (frame.size() < wire_length) text += fmt::format(" ({} captured)", frame.size());
  return text;
}

std::string hex_dump(Frame frame) {
  constexpr std::size_t kRow = 16;
  std::string text;
  for (std::size_t start = 0; start < frame.size(); start += kRow) {
    const Frame row = frame.subspan(start, std::min(kRow, frame.size() - start));
    text += fmt::format("{:04x} ", start);
    for (std::size_t i = 0; i < kRow; ++i) {
      if (i == kRow / 2) text += ' ';
      text += i < row.size() ? fmt::format(" {:02x}", row[i]) : "   ";
    }
    text += "  ";
    for (const std::uint8_t byte : row) text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    text += '\n';
  }
  return text;
}

}  // namespace ixyflow
