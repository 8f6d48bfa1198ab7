#include "core/net/flow/flow_key.hpp"

#include <fmt/format.h>

#include <utility>

namespace ixyflow {

void detail::read_ipv6_flow_key(std::span<const std::uint8_t> frame, const Layers& layers,
                                FlowKey& key) noexcept {
  const auto* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
  if (ip == nullptr || ip->version() != 6) return;
  key.version = 6;
  key.source = ip->source.bytes;
  key.destination = ip->destination.bytes;
  key.protocol = layers.ip_protocol;
  const bool extended = layers.l4_offset != layers.l3_offset + sizeof(Ipv6Header);
  if (extended && find_ipv6_payload(frame, layers.l3_offset).fragment) {
    key.protocol = IpProtocol::fragment;
    return;
  }
  if (layers.l4_offset == 0 || !begins_with_ports(key.protocol) || layers.l4_offset + 4U > frame.size())
    return;
  std::memcpy(&key.source_port, frame.data() + layers.l4_offset, 2);
  std::memcpy(&key.destination_port, frame.data() + layers.l4_offset + 2, 2);
}

namespace {

std::string show_host(const FlowKey& key, const std::array<std::uint8_t, 16>& address, Be16 port) {
  const bool ports = begins_with_ports(key.protocol);
  if (key.version == 6) {
    const std::string host = show(Ipv6Address{address});
    return ports ? fmt::format("[{}]:{}", host, port.value()) : host;
  }
  const std::string host = show(Ipv4Address{{address[0], address[1], address[2], address[3]}});
  return ports ? fmt::format("{}:{}", host, port.value()) : host;
}

std::string show_protocol(IpProtocol protocol) {
  switch (protocol) {
    case IpProtocol::tcp:
      return "tcp";
    case IpProtocol::udp:
      return "udp";
    case IpProtocol::icmp:
      return "icmp";
    case IpProtocol::icmp6:
      return "icmp6";
    case IpProtocol::sctp:
      return "sctp";
    case IpProtocol::dccp:
      return "dccp";
    case IpProtocol::udp_lite:
      return "udplite";
    case IpProtocol::fragment:
      return "fragments";
    default:
      return fmt::format("protocol {}", std::to_underlying(protocol));
  }
}

}  // namespace

std::string show(const FlowKey& key) {
  return fmt::format("{} > {} {}", show_host(key, key.source, key.source_port),
                     show_host(key, key.destination, key.destination_port), show_protocol(key.protocol));
}

}  // namespace ixyflow
