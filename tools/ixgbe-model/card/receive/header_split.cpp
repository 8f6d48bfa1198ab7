#include "tools/ixgbe-model/card/receive/header_split.hpp"

#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

namespace psrtype = bits::psrtype;

constexpr std::size_t kTcpOffsetAt = 12;

}  // namespace

std::uint32_t header_to_split(std::span<const std::byte> frame, const FrameInfo& info,
                              std::uint32_t types) noexcept {
  if (info.has(packet_type::kTcp) && (types & psrtype::kTcp) != 0) {
    const std::uint32_t bytes = 4 * (std::to_integer<std::uint32_t>(frame[info.l4 + kTcpOffsetAt]) >> 4);
    return info.l4 + bytes <= frame.size() ? info.l4 + bytes : 0;
  }
  if (info.has(packet_type::kUdp) && (types & psrtype::kUdp) != 0) return info.l4 + kUdpBytes;
  const bool ip = (info.has(packet_type::kIpv4) && (types & psrtype::kIpv4) != 0) ||
                  (info.has(packet_type::kIpv6) && (types & psrtype::kIpv6) != 0);
  if (ip) return info.payload;
  if ((types & psrtype::kL2) == 0) return 0;
  return kEthernetBytes + (info.has(packet_type::kVlan) ? kVlanBytes : 0);
}

}  // namespace ixyflow::model
