#include "core/net/layer_offsets.hpp"

#include <algorithm>

#include "core/net/headers.hpp"

namespace ixyflow {

std::uint32_t ip_end(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  const auto size = static_cast<std::uint32_t>(frame.size());
  if (layers.l3_offset == 0) return size;
  std::uint32_t end = size;
  if (layers.ether_type == EtherType::ipv4) {
    const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
    if (ip != nullptr && ip->total_length.value() != 0) end = layers.l3_offset + ip->total_length.value();
  } else if (layers.ether_type == EtherType::ipv6) {
    const Ipv6Header* ip = header_at<Ipv6Header>(frame, layers.l3_offset);
    // With a length of 0 and a transport header behind it, the parser took the rest of the frame for it.
    if (ip != nullptr && (ip->payload_length.value() != 0 || layers.l4_offset == 0))
      end = layers.l3_offset + static_cast<std::uint32_t>(sizeof(Ipv6Header)) + ip->payload_length.value();
  }
  return std::min(end, size);
}

}  // namespace ixyflow
