#include "core/net/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/net/addresses.hpp"
#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {
namespace {

using Frame = std::span<const std::uint8_t>;

/// Text in a place of fixed size; what does not fit is cut. Integers, texts and these alone are formatted, so
/// nothing is allocated and nothing can throw.
class Line {
 public:
  explicit Line(std::span<char> out) noexcept : out_(out) {}

  template <class... Values>
  void add(fmt::format_string<Values...> text, Values&&... values) noexcept {
    const std::span<char> rest = out_.subspan(size_);
    const auto result = fmt::format_to_n(rest.data(), rest.size(), text, std::forward<Values>(values)...);
    size_ += std::min(result.size, rest.size());
  }
  void add(const EtherAddress& address) noexcept { add("{:02x}", fmt::join(address.bytes, ":")); }
  void add(const Ipv4Address& address) noexcept { add("{}", fmt::join(address.bytes, ".")); }
  void add(const Ipv6Address& address) noexcept {
    std::array<char, kIpv6TextSize> text;
    add("{}", std::string_view(text.data(), write_text(address, text)));
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

void add_protocol(Line& line, IpProtocol protocol) noexcept {
  const unsigned number = std::to_underlying(protocol);
  switch (number) {
    case 1:
      return line.add("ICMP");
    case 2:
      return line.add("IGMP");
    case 6:
      return line.add("TCP");
    case 17:
      return line.add("UDP");
    case 47:
      return line.add("GRE");
    case 50:
      return line.add("ESP");
    case 51:
      return line.add("AH");
    case 58:
      return line.add("ICMPv6");
    case 89:
      return line.add("OSPF");
    case 132:
      return line.add("SCTP");
    default:
      return line.add("IP protocol {}", number);
  }
}

/// The tags in front of layer 3: "vlan 100, vlan 7 (pcp 5), ".
void add_tags(Line& line, Frame frame) noexcept {
  std::size_t offset = 12;
  for (int tags = 0; tags < kMaxVlanTags; ++tags, offset += sizeof(VlanTag)) {
    const BeEtherType* type = header_at<BeEtherType>(frame, offset);
    const VlanTag* tag = header_at<VlanTag>(frame, offset + sizeof(Be16));
    if (type == nullptr || tag == nullptr || !is_vlan_type(type->value())) break;
    const unsigned tci = tag->tci.value();
    line.add("vlan {}", tci & 0xfff);
    if (tci >> 13 != 0) line.add(" (pcp {})", tci >> 13);
    line.add(", ");
  }
}

void add_tcp(Line& line, const TcpHeader& tcp) noexcept {
  constexpr std::string_view kLetters = "FSRPAUEW";  // FIN is the lowest bit; W stands for CWR
  line.add(" [");
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit)
    if ((tcp.flags >> bit & 1) != 0) line.add("{}", kLetters[bit]);
  if (tcp.flags == 0) line.add("none");
  line.add("], seq {}, ack {}, win {}", tcp.sequence.value(), tcp.acknowledgement.value(),
           tcp.window.value());
}

void add_icmp(Line& line, const std::uint8_t* icmp, bool v6) noexcept {
  const std::uint8_t type = icmp[0];
  const std::uint8_t code = icmp[1];
  if (type == (v6 ? 128 : 8)) return line.add(" echo request");
  if (type == (v6 ? 129 : 0)) return line.add(" echo reply");
  if (type == (v6 ? 1 : 3)) return line.add(" unreachable, code {}", code);
  if (type == (v6 ? 3 : 11)) return line.add(" time exceeded, code {}", code);
  if (v6 && type == 2) return line.add(" packet too big");
  if (v6 && type == 135) return line.add(" neighbor solicitation");
  if (v6 && type == 136) return line.add(" neighbor advertisement");
  line.add(" type {}, code {}", type, code);
}

/// What is known of the layer above IP. One of the pointers is set when it is a protocol that we look into.
struct Transport {
  IpProtocol protocol{};
  const TcpHeader* tcp = nullptr;
  const UdpHeader* udp = nullptr;
  const std::uint8_t* icmp = nullptr;
  bool cut = false;  ///< one of these, but its header does not fit
};

Transport find_transport(Frame frame, const Layers& layers, IpProtocol protocol) noexcept {
  constexpr std::size_t kIcmpHeader = 8;
  Transport found{.protocol = protocol};
  if (layers.l4_offset == 0) return found;
  const Frame packet = frame.first(ip_end(frame, layers));
  switch (protocol) {
    case IpProtocol::tcp:
      found.tcp = header_at<TcpHeader>(packet, layers.l4_offset);
      found.cut = found.tcp == nullptr;
      break;
    case IpProtocol::udp:
      found.udp = header_at<UdpHeader>(packet, layers.l4_offset);
      found.cut = found.udp == nullptr;
      break;
    case IpProtocol::icmp:
    case IpProtocol::icmp6:
      found.cut = layers.l4_offset + kIcmpHeader > packet.size();
      if (!found.cut) found.icmp = packet.data() + layers.l4_offset;
      break;
    default:
      break;
  }
  return found;
}

void add_end(Line& line, const Ipv4Address& address, std::optional<std::uint16_t> port) noexcept {
  line.add(address);
  if (port) line.add(":{}", *port);
}

void add_end(Line& line, const Ipv6Address& address, std::optional<std::uint16_t> port) noexcept {
  if (port) line.add("[");
  line.add(address);
  if (port) line.add("]:{}", *port);
}

/// "10.0.0.7:5123 > 9.9.9.9:53 UDP", with what is worth knowing of TCP and ICMP.
template <class IpHeader>
void add_packet(Line& line, const IpHeader& ip, const Transport& transport) noexcept {
  std::optional<std::uint16_t> source;
  std::optional<std::uint16_t> destination;
  if (transport.tcp != nullptr) {
    source = transport.tcp->source_port.value();
    destination = transport.tcp->destination_port.value();
  } else if (transport.udp != nullptr) {
    source = transport.udp->source_port.value();
    destination = transport.udp->destination_port.value();
  }
  add_end(line, ip.source, source);
  line.add(" > ");
  add_end(line, ip.destination, destination);
  line.add(" ");
  add_protocol(line, transport.protocol);
  if (transport.cut) line.add(", header cut");
  if (transport.tcp != nullptr) add_tcp(line, *transport.tcp);
  if (transport.icmp != nullptr) add_icmp(line, transport.icmp, transport.protocol == IpProtocol::icmp6);
}

void add_ipv4(Line& line, Frame frame, const Layers& layers) noexcept {
  const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (ip == nullptr) return line.add("IPv4, header cut");
  if (ip->version() != 4) return line.add("IPv4, version {}", ip->version());
  add_packet(line, *ip, find_transport(frame, layers, ip->protocol));
  if (layers.l4_offset == 0 && !ip->later_fragment())
    line.add(", header length {}, total length {}", ip->header_length(), ip->total_length.value());
  else if (ip->total_length.value() == 0)
    line.add(", total length 0");
  if (ip->is_fragment())
    line.add(" fragment {:#06x} at {}", ip->identification.value(), (ip->fragment.value() & 0x1fff) * 8);
}

void add_ipv6(Line& line, Frame frame, const Layers& layers) noexcept {
  const Ipv6Header* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
  if (ip == nullptr) return line.add("IPv6, header cut");
  if (ip->version() != 6) return line.add("IPv6, version {}", ip->version());
  add_packet(line, *ip, find_transport(frame, layers, layers.ip_protocol));
  const Ipv6Payload payload = find_ipv6_payload(frame, layers.l3_offset);
  if (payload.fragment) line.add(" fragment");
  if (payload.jumbo_length != 0)
    line.add(", jumbogram of {} bytes", payload.jumbo_length);
  else if (ip->payload_length.value() == 0)
    line.add(", payload length 0");
}

/// RFC 826, for IPv4 over Ethernet.
void add_arp(Line& line, Frame frame, const Layers& layers) noexcept {
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
  if (arp == nullptr) return line.add("ARP, cut");
  if (arp->hardware_length != 6 || arp->protocol_length != 4)
    return line.add("ARP, address lengths {} and {}", arp->hardware_length, arp->protocol_length);
  switch (arp->operation.value()) {
    case 1:
      line.add("ARP, who has ");
      line.add(arp->target_ip);
      line.add("? tell ");
      return line.add(arp->sender_ip);
    case 2:
      line.add("ARP, ");
      line.add(arp->sender_ip);
      line.add(" is at ");
      return line.add(arp->sender);
    default:
      return line.add("ARP, operation {}", arp->operation.value());
  }
}

void add_ether(Line& line, Frame frame, const Layers& layers) noexcept {
  const auto* ether = header_at<EtherHeader>(frame, 0);
  line.add(ether->source);
  line.add(" > ");
  line.add(ether->destination);
  constexpr unsigned kSmallestType = 0x600;
  const unsigned type = std::to_underlying(layers.ether_type);
  if (type < kSmallestType) return line.add(" IEEE 802.3, {} bytes", type);
  line.add(" EtherType {:#06x}", type);
}

void add_layers(Line& line, Frame frame) noexcept {
  if (frame.size() < sizeof(EtherHeader)) return line.add("no Ethernet header");
  const Layers layers = parse_layers(frame);
  add_tags(line, frame);
  if (layers.l3_offset == 0) return add_ether(line, frame, layers);
  switch (layers.ether_type) {
    case EtherType::ipv4:
      return add_ipv4(line, frame, layers);
    case EtherType::ipv6:
      return add_ipv6(line, frame, layers);
    case EtherType::arp:
      return add_arp(line, frame, layers);
    default:
      return add_ether(line, frame, layers);
  }
}

}  // namespace

std::size_t describe_frame(std::span<char> out, Frame frame, std::uint32_t wire_length) noexcept {
  Line line(out);
  add_layers(line, frame);
  line.add(", length {}", wire_length);
  if (frame.size() < wire_length) line.add(" ({} captured)", frame.size());
  return line.size();
}

std::string describe_frame(Frame frame, std::uint32_t wire_length) {
  std::array<char, 512> line;  // more than eight tags, two IPv6 addresses and all the words between them take
  return {line.data(), describe_frame(line, frame, wire_length)};
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
