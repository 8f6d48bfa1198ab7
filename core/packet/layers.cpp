#include "core/packet/layers.hpp"

#include "core/net/flow/flow_hash.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {

void detail::parse_packet(Packet& packet) noexcept {
  packet.set(PacketFlag::parsed);
  const std::span<const std::uint8_t> frame = bytes_of(std::as_const(packet));
  if (parse_plain_ipv4(frame, packet)) [[likely]]
    return;
  const Layers layers = parse_any(frame);
  packet.l3_offset = layers.l3_offset;
  packet.l4_offset = layers.l4_offset;
  packet.ether_type = layers.ether_type;
  packet.ip_protocol = layers.ip_protocol;
}

Be16* transport_checksum_field(Packet& packet) noexcept {
  parse(packet);
  if (packet.l4_offset == kNoOffset) return nullptr;
  const std::span<std::uint8_t> frame = bytes_of(packet);
  if (packet.ip_protocol == IpProtocol::tcp) {
    auto* tcp = header_at<TcpHeader>(frame, packet.l4_offset);
    return tcp != nullptr ? &tcp->checksum : nullptr;
  }
  if (packet.ip_protocol != IpProtocol::udp) return nullptr;
  auto* udp = header_at<UdpHeader>(frame, packet.l4_offset);
  return udp != nullptr && udp->checksum.value() != 0 ? &udp->checksum : nullptr;
}

std::uint32_t flow_hash(Packet& packet) noexcept {
  if (packet.has(PacketFlag::flow_hash)) return packet.flow_hash;
  parse(packet);
  const Layers layers{packet.l3_offset, packet.l4_offset, packet.ether_type, packet.ip_protocol};
  packet.flow_hash = flow_hash(bytes_of(std::as_const(packet)), layers);
  packet.set(PacketFlag::flow_hash);
  return packet.flow_hash;
}

}  // namespace ixyflow
