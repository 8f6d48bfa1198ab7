#pragma once

// What the card fills in on the way out: checksums and VLAN tags, each packet with a context of its own (data
// sheet 7.2.3.2.3), because what comes next may be anything.

#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::drivers::ixgbe {

namespace offload {

/// What the descriptors of one packet say beyond its place and length.
struct Request {
  std::uint64_t lengths = 0;  ///< TransmitDescriptor::address of the context
  std::uint64_t context = 0;  ///< TransmitDescriptor::command of the context
  std::uint64_t data = 0;     ///< for TransmitDescriptor::command of the data
};

/// `addresses` of an IP header that ends where the TCP or UDP header starts.
inline void request_l4(Packet& packet, std::span<const std::uint8_t> addresses, Request& request) noexcept {
  Be16* checksum = transport_checksum_field(packet);
  if (checksum == nullptr) return;
  const Layers layers{packet.l3_offset, packet.l4_offset, packet.ether_type, packet.ip_protocol};
  const std::span<const std::uint8_t> frame = bytes_of(packet);
  // The card sums up to the end of the frame; padding must not count, nor do headers in between.
  if (ip_end(frame, layers) == frame.size() && !addresses.empty()) {
    // It begins with what stands in the field: the sum of the pseudo header (7.2.5.2).
    *checksum = Be16(pseudo_header_sum(addresses, packet.ip_protocol,
                                       static_cast<std::uint32_t>(frame.size()) - packet.l4_offset));
    request.data |= tx::kInsertL4Checksum;
    if (packet.ip_protocol == IpProtocol::tcp) request.context |= tx::kContextTcp;
  } else if (const auto sum = transport_checksum(frame, layers)) {
    *checksum = Be16(*sum);
  }
}

inline void request_checksums(Packet& packet, Request& request) noexcept {
  std::uint32_t ip_length = 0;
  if (Ipv4Header* ip = ipv4(packet); ip != nullptr && ip->version() == 4) {
    ip_length = ip->header_length();
    if (ip_length < sizeof(Ipv4Header) || packet.l3_offset + ip_length > packet.length()) return;
    ip->checksum = Be16(0);
    request.context |= tx::kContextIpv4;
    request.data |= tx::kInsertIpChecksum;
    if (!ip->is_fragment()) request_l4(packet, bytes_of(packet).subspan(packet.l3_offset + 12U, 8), request);
  } else if (ipv6(packet) != nullptr) {
    ip_length = sizeof(Ipv6Header);
    const bool plain = packet.l4_offset == packet.l3_offset + ip_length;
    request_l4(packet,
               plain ? bytes_of(packet).subspan(packet.l3_offset + 8U, 32) : std::span<std::uint8_t>(),
               request);
  }
  if ((request.data & (tx::kInsertIpChecksum | tx::kInsertL4Checksum)) != 0)
    request.lengths |= std::uint64_t{packet.l3_offset} << tx::kMacLengthShift | ip_length;
}

}  // namespace offload

inline std::uint64_t TransmitQueue::put_context(Packet& packet) noexcept {
  offload::Request request;
  if (offloads_.vlan && packet.has(PacketFlag::vlan_tag)) {
    request.lengths |= std::uint64_t{packet.vlan_tci} << tx::kVlanShift;
    request.data |= tx::kInsertVlan;
  }
  if (offloads_.checksums) offload::request_checksums(packet, request);
  if (request.data == 0) return 0;
  const std::uint32_t index = next_++ & mask_;
  packets_[index] = nullptr;
  descriptors_[index] = {request.lengths, request.context | tx::kContext | tx::kAdvanced};
  return request.data | tx::kUseContext;
}

}  // namespace ixyflow::drivers::ixgbe
