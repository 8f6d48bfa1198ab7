#include "drivers/virtio/driver/transmit_checksums.hpp"

#include <cstddef>
#include <span>

#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::drivers::virtio {

NetHeader complete_checksums(Packet& packet, bool by_device) noexcept {
  std::span<const std::uint8_t> addresses;
  if (Ipv4Header* ip = ipv4(packet); ip != nullptr && ip->version() == 4) {
    const std::uint32_t bytes = ip->header_length();
    if (bytes < sizeof(Ipv4Header) || packet.l3_offset + bytes > packet.length()) return {};
    ip->checksum = Be16(0);
    ip->checksum = Be16(internet_checksum(bytes_of(packet).subspan(packet.l3_offset, bytes)));
    if (ip->is_fragment()) return {};
    addresses = bytes_of(packet).subspan(packet.l3_offset + 12U, 8);
  } else if (ipv6(packet) != nullptr) {
    addresses = bytes_of(packet).subspan(packet.l3_offset + 8U, 32);
  }
  Be16* const field = addresses.empty() ? nullptr : transport_checksum_field(packet);
  if (field == nullptr) return {};
  const Layers layers{packet.l3_offset, packet.l4_offset, packet.ether_type, packet.ip_protocol};
  const std::span<const std::uint8_t> frame = bytes_of(packet);
  // A routing header has another destination than the one that the sum wants.
  const bool plain = addresses.size() == 8 || packet.l4_offset == packet.l3_offset + sizeof(Ipv6Header);
  // The device sums up to the end of the frame; padding must not count.
  if (by_device && plain && ip_end(frame, layers) == frame.size()) {
    // It begins with what stands in the field: the sum of the pseudo header.
    *field = Be16(pseudo_header_sum(addresses, packet.ip_protocol,
                                    static_cast<std::uint32_t>(frame.size()) - packet.l4_offset));
    return {.flags = NetHeader::kNeedsChecksum,
            .checksum_start = packet.l4_offset,
            .checksum_offset = static_cast<std::uint16_t>(reinterpret_cast<std::uint8_t*>(field) -
                                                          packet.data() - packet.l4_offset)};
  }
  if (const auto sum = transport_checksum(frame, layers)) *field = Be16(*sum);
  return {};
}

}  // namespace ixyflow::drivers::virtio
