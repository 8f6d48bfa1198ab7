#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ixyflow::model {

/// Whom a frame is addressed to, by its first 6 bytes, which it has.
enum class Cast : std::uint8_t { unicast, multicast, broadcast };
[[nodiscard]] Cast cast_of(std::span<const std::byte> frame) noexcept;

/// Bits of the packet type in a receive descriptor (7.1.6.2), from its bit 0.
namespace packet_type {
inline constexpr std::uint16_t kIpv4 = 1, kIpv4Options = 2, kIpv6 = 4, kIpv6Extensions = 8;
inline constexpr std::uint16_t kTcp = 16, kUdp = 32, kSctp = 64, kL2 = 1 << 11, kVlan = 1 << 12;
}  // namespace packet_type

/// What the card's parser finds in a frame. Every length has been checked against the frame.
struct FrameInfo {
  std::uint16_t type = 0;        ///< packet_type bits
  std::uint16_t ether_type = 0;  ///< behind one VLAN tag
  std::uint16_t vlan = 0;        ///< the tag, when `type` has kVlan
  std::uint16_t l3 = 0;          ///< where the IP header begins; 0: none
  std::uint16_t l4 = 0;  ///< where the transport header begins; 0: none that the card knows, or a fragment
  std::uint16_t l3_end = 0;   ///< where the IP packet ends, by its own length
  std::uint16_t payload = 0;  ///< where the IP payload begins (behind options and extensions)
  std::uint16_t ip_id = 0;
  std::uint8_t protocol = 0;  ///< of the IP payload
  bool first_fragment = false;
  bool fragment = false;

  [[nodiscard]] bool has(std::uint16_t bits) const noexcept { return (type & bits) != 0; }
};

/// `vlan_type`: the EtherType of VLAN tags (VLNCTRL.VET).
[[nodiscard]] FrameInfo parse(std::span<const std::byte> frame, std::uint16_t vlan_type) noexcept;

/// What the card says of a frame's checksums (7.1.11).
struct ChecksumReport {
  bool ip_checked = false, ip_wrong = false;
  bool l4_checked = false, l4_wrong = false;
};
[[nodiscard]] ChecksumReport check(std::span<const std::byte> frame, const FrameInfo& info) noexcept;

}  // namespace ixyflow::model
