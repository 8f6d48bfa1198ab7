#include "core/net/write.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/net/checksum.hpp"

namespace ixyflow {
namespace {

constexpr std::size_t kLargestLength = std::numeric_limits<std::uint16_t>::max();

/// The header at the start of `bytes`, all 0; null when it does not fit.
template <class Header>
Header* cleared(std::span<std::uint8_t> bytes) noexcept {
  Header* header = header_at<Header>(bytes, 0);
  if (header != nullptr) std::fill_n(bytes.begin(), sizeof(Header), std::uint8_t{0});
  return header;
}

/// The same of a header with a length field of 16 bits, which must be able to count what is in `bytes` beside
/// `uncounted`.
template <class Header>
Header* cleared_if_short(std::span<std::uint8_t> bytes, std::size_t uncounted = 0) noexcept {
  return bytes.size() <= kLargestLength + uncounted ? cleared<Header>(bytes) : nullptr;
}

template <class Header>
bool put_segment_checksum(std::span<std::uint8_t> segment, IpAddresses addresses,
                          IpProtocol protocol) noexcept {
  Header* header = header_at<Header>(segment, 0);
  if (header == nullptr) return false;
  header->checksum = std::uint16_t{0};
  header->checksum = segment_checksum(segment, addresses, protocol);
  return true;
}

}  // namespace

EtherHeader* put_ethernet(std::span<std::uint8_t> frame, const EtherHeader& header) noexcept {
  EtherHeader* ether = header_at<EtherHeader>(frame, 0);
  if (ether != nullptr) *ether = header;
  return ether;
}

VlanTag* put_vlan(std::span<std::uint8_t> tag, std::uint16_t tci, EtherType type) noexcept {
  VlanTag* vlan = header_at<VlanTag>(tag, 0);
  if (vlan != nullptr) *vlan = {Be16(tci), BeEtherType(type)};
  return vlan;
}

Ipv4Header* put_ipv4(std::span<std::uint8_t> packet, const Ipv4Fields& fields) noexcept {
  auto* ip = cleared_if_short<Ipv4Header>(packet);
  if (ip == nullptr) return nullptr;
  ip->version_and_length = 0x45;
  ip->tos = fields.tos;
  ip->total_length = static_cast<std::uint16_t>(packet.size());
  ip->identification = fields.identification;
  ip->fragment = fields.fragment;
  ip->ttl = fields.ttl;
  ip->protocol = fields.protocol;
  ip->source = fields.source;
  ip->destination = fields.destination;
  put_checksum(*ip);
  return ip;
}

void put_checksum(Ipv4Header& header) noexcept {
  header.checksum = std::uint16_t{0};
  header.checksum =
      internet_checksum({reinterpret_cast<const std::uint8_t*>(&header), header.header_length()});
}

Ipv6Header* put_ipv6(std::span<std::uint8_t> packet, const Ipv6Fields& fields) noexcept {
  auto* ip = cleared_if_short<Ipv6Header>(packet, sizeof(Ipv6Header));
  if (ip == nullptr) return nullptr;
  ip->version_class_label =
      6U << 28 | std::uint32_t{fields.traffic_class} << 20 | (fields.flow_label & 0xfffffU);
  ip->payload_length = static_cast<std::uint16_t>(packet.size() - sizeof(Ipv6Header));
  ip->next_header = fields.next_header;
  ip->hop_limit = fields.hop_limit;
  ip->source = fields.source;
  ip->destination = fields.destination;
  return ip;
}

UdpHeader* put_udp(std::span<std::uint8_t> segment, const UdpFields& fields, IpAddresses addresses) noexcept {
  auto* udp = cleared_if_short<UdpHeader>(segment);
  if (udp == nullptr) return nullptr;
  udp->source_port = fields.source_port;
  udp->destination_port = fields.destination_port;
  udp->length = static_cast<std::uint16_t>(segment.size());
  if (!addresses.empty()) put_udp_checksum(segment, addresses);
  return udp;
}

bool put_udp_checksum(std::span<std::uint8_t> segment, IpAddresses addresses) noexcept {
  return put_segment_checksum<UdpHeader>(segment, addresses, IpProtocol::udp);
}

TcpHeader* put_tcp(std::span<std::uint8_t> segment, const TcpFields& fields, IpAddresses addresses) noexcept {
  auto* tcp = cleared<TcpHeader>(segment);
  if (tcp == nullptr) return nullptr;
  tcp->source_port = fields.source_port;
  tcp->destination_port = fields.destination_port;
  tcp->sequence = fields.sequence;
  tcp->acknowledgement = fields.acknowledgement;
  tcp->offset_and_reserved = sizeof(TcpHeader) / 4 << 4;
  tcp->flags = fields.flags;
  tcp->window = fields.window;
  put_tcp_checksum(segment, addresses);
  return tcp;
}

bool put_tcp_checksum(std::span<std::uint8_t> segment, IpAddresses addresses) noexcept {
  return put_segment_checksum<TcpHeader>(segment, addresses, IpProtocol::tcp);
}

IcmpHeader* put_icmp(std::span<std::uint8_t> message, IcmpType type, std::uint8_t code,
                     std::uint32_t rest) noexcept {
  auto* icmp = cleared<IcmpHeader>(message);
  if (icmp == nullptr) return nullptr;
  icmp->type = std::to_underlying(type);
  icmp->code = code;
  icmp->rest = rest;
  icmp->checksum = internet_checksum(message);
  return icmp;
}

IcmpHeader* put_icmp6(std::span<std::uint8_t> message, Icmp6Type type, std::uint8_t code, std::uint32_t rest,
                      IpAddresses addresses) noexcept {
  auto* icmp = cleared<IcmpHeader>(message);
  if (icmp == nullptr) return nullptr;
  icmp->type = std::to_underlying(type);
  icmp->code = code;
  icmp->rest = rest;
  put_segment_checksum<IcmpHeader>(message, addresses, IpProtocol::icmp6);
  return icmp;
}

ArpMessage* put_arp(std::span<std::uint8_t> message, const ArpFields& fields) noexcept {
  auto* arp = cleared<ArpMessage>(message);
  if (arp == nullptr) return nullptr;
  arp->hardware = std::uint16_t{1};
  arp->network = EtherType::ipv4;
  arp->hardware_length = sizeof(EtherAddress);
  arp->network_length = sizeof(Ipv4Address);
  arp->operation = fields.operation;
  arp->sender = fields.sender;
  arp->sender_ip = fields.sender_ip;
  arp->target = fields.target;
  arp->target_ip = fields.target_ip;
  return arp;
}

GreHeader* put_gre(std::span<std::uint8_t> packet, EtherType protocol) noexcept {
  auto* gre = cleared<GreHeader>(packet);
  if (gre != nullptr) gre->protocol = protocol;
  return gre;
}

VxlanHeader* put_vxlan(std::span<std::uint8_t> packet, std::uint32_t vni) noexcept {
  auto* vxlan = cleared<VxlanHeader>(packet);
  if (vxlan == nullptr) return nullptr;
  vxlan->flags = 0x08000000U;
  vxlan->vni_and_zeros = vni << 8;
  return vxlan;
}

}  // namespace ixyflow
