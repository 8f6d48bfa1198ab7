#include "core/net/parser.hpp"

#include "core/net/headers.hpp"

namespace ixyflow {
namespace {

inline void parse_ipv4(std::span<const std::uint8_t> frame, Layers& layers) noexcept {
  const Ipv4Header* ip = header_at<Ipv4Header>(frame, layers.l3_offset);
  if (ip == nullptr) [[unlikely]]
    return;
  const std::uint32_t header = ip->header_length();
  const std::uint32_t l4 = layers.l3_offset + header;
  const std::uint32_t total = ip->total_length.value();
  const bool to_the_end = total == 0;  // a network card was to cut it into segments: see ip_end
  if (ip->version() != 4 || header < sizeof(Ipv4Header) || (total < header && !to_the_end) ||
      l4 > frame.size()) [[unlikely]]
    return;
  layers.ip_protocol = ip->protocol;
  if ((total > header || to_the_end) && l4 < frame.size() && !ip->later_fragment()) [[likely]]
    layers.l4_offset = static_cast<std::uint16_t>(l4);
}

inline void parse_ipv6(std::span<const std::uint8_t> frame, Layers& layers) noexcept {
  const Ipv6Payload payload = find_ipv6_payload(frame, layers.l3_offset);
  layers.ip_protocol = payload.protocol;
  layers.l4_offset = static_cast<std::uint16_t>(payload.offset);
}

}  // namespace

Layers detail::parse_any(std::span<const std::uint8_t> frame) noexcept {
  Layers layers;
  const EtherHeader* ether = header_at<EtherHeader>(frame, 0);
  if (ether == nullptr) [[unlikely]]
    return layers;
  layers.ether_type = ether->type.value();
  std::uint32_t offset = sizeof(EtherHeader);
  for (int tags = 0; is_vlan_type(layers.ether_type); ++tags) {
    const VlanTag* tag = header_at<VlanTag>(frame, offset);
    if (tag == nullptr || tags == kMaxVlanTags) [[unlikely]]
      return layers;
    layers.ether_type = tag->type.value();
    offset += sizeof(VlanTag);
  }
  if (offset >= frame.size()) [[unlikely]]
    return layers;
  layers.l3_offset = static_cast<std::uint16_t>(offset);
  if (layers.ether_type == EtherType::ipv4) [[likely]]
    parse_ipv4(frame, layers);
  else if (layers.ether_type == EtherType::ipv6)
    parse_ipv6(frame, layers);
  return layers;
}

}  // namespace ixyflow
