#include "tools/ixgbe-model/card/receive/flow_filter.hpp"

#include <bit>

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

namespace fdirm = bits::fdirm;

constexpr std::size_t kIpv6SourceAt = 8, kIpv6Words = 8;
constexpr std::uint16_t kVlanId = 0x0FFF, kVlanPriority = 0xE000;
constexpr std::uint32_t kHashBits = 0x7FFF;

Flow::L4 l4_of(const FrameInfo& info) noexcept {
  if (info.has(packet_type::kTcp)) return Flow::L4::tcp;
  if (info.has(packet_type::kUdp)) return Flow::L4::udp;
  return info.has(packet_type::kSctp) ? Flow::L4::sctp : Flow::L4::other;
}

void take_addresses(std::span<const std::byte> frame, const FrameInfo& info, Flow& flow) noexcept {
  if (!flow.ipv6) {
    flow.source = load32(&frame[info.l3 + kIpv4SourceAt]);
    flow.destination = load32(&frame[info.l3 + kIpv4DestinationAt]);
    flow.addresses = flow.source ^ flow.destination;
    return;
  }
  for (std::size_t i = 0; i < kIpv6Words; ++i)
    flow.addresses ^= load32(&frame[info.l3 + kIpv6SourceAt + 4 * i]);
}

/// The masks of ports have the bits of each half in the other order (8.2.3.21).
constexpr std::uint32_t mirrored_halves(std::uint32_t value) noexcept {
  std::uint32_t result = 0;
  for (unsigned bit = 0; bit < 16; ++bit)
    result |= (value >> bit & 1U) << (15 - bit) | (value >> (16 + bit) & 1U) << (31 - bit);
  return result;
}

std::uint32_t port_mask(const Flow& flow, const FlowMasks& masks) noexcept {
  switch (flow.l4) {
    case Flow::L4::tcp:
      return mirrored_halves(masks.tcp_ports);
    case Flow::L4::udp:
      return mirrored_halves(masks.udp_ports);
    case Flow::L4::sctp:
      return 0;
    default:
      return ~0U;
  }
}

bool same_vlan(std::uint16_t one, std::uint16_t other, std::uint32_t fields) noexcept {
  std::uint16_t compared = 0;
  if ((fields & fdirm::kVlanId) == 0) compared |= kVlanId;
  if ((fields & fdirm::kVlanPriority) == 0) compared |= kVlanPriority;
  return ((one ^ other) & compared) == 0;
}

}  // namespace

Flow flow_of(std::span<const std::byte> frame, const FrameInfo& info, std::size_t flexible_at) noexcept {
  Flow flow;
  flow.ipv6 = info.has(packet_type::kIpv6);
  flow.ip = flow.ipv6 || info.has(packet_type::kIpv4);
  if (!flow.ip) return flow;
  flow.l4 = l4_of(info);
  if (info.has(packet_type::kVlan)) flow.vlan = info.vlan & (kVlanId | kVlanPriority);
  if (flexible_at + 2 <= frame.size()) flow.flexible = std::byteswap(load16(&frame[flexible_at]));
  take_addresses(frame, info, flow);
  if (info.l4 != 0) flow.ports = std::uint32_t{load16(&frame[info.l4 + 2])} << 16 | load16(&frame[info.l4]);
  return flow;
}

bool matches(const FlowFilter& filter, const Flow& flow, const FlowMasks& masks) noexcept {
  const bool any_l4 = (masks.fields & fdirm::kL4Type) != 0;
  if (flow.ipv6 || (filter.type() & 4U) != 0) return false;  // exact filters are for IPv4
  if (!any_l4 && filter.type() != flow.type()) return false;
  if (((filter.source ^ flow.source) & ~masks.source) != 0) return false;
  if (((filter.destination ^ flow.destination) & ~masks.destination) != 0) return false;
  if (!any_l4 && ((filter.ports ^ flow.ports) & ~port_mask(flow, masks)) != 0) return false;
  if (!same_vlan(static_cast<std::uint16_t>(filter.vlan_and_flexible), flow.vlan, masks.fields)) return false;
  return (masks.fields & fdirm::kFlexible) != 0 || filter.vlan_and_flexible >> 16 == flow.flexible;
}

std::uint32_t hash_of(const Flow& flow, std::uint32_t key) noexcept {
  const std::uint32_t head = flow.type() << 16 | flow.vlan;
  const std::uint32_t ports = std::rotl(flow.ports, 16);  // source above destination
  const std::uint32_t flexible = std::uint32_t{std::byteswap(flow.flexible)} << 16;
  std::uint32_t high = flow.addresses ^ ports ^ flexible;
  std::uint32_t low = std::rotl(high, 16);
  high ^= head ^ head >> 16;
  std::uint32_t hash = 0;
  for (unsigned bit = 0; bit < 16; ++bit) {
    if ((key >> bit & 1U) != 0) hash ^= low >> bit;
    if ((key >> (bit + 16) & 1U) != 0) hash ^= high >> bit;
    // The head comes into the lower half behind its first bit, where it cannot cancel itself out.
    if (bit == 0) low ^= head ^ head << 16;
  }
  return hash & kHashBits;
}

}  // namespace ixyflow::model
