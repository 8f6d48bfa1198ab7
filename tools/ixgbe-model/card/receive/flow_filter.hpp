#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"

namespace ixyflow::model {

/// What the Flow Director sees of a frame (7.1.2.7.1): numbers as they stand in its registers.
struct Flow {
  enum class L4 : std::uint8_t { other, udp, tcp, sctp };

  bool ip = false;  ///< else no filter matches
  bool ipv6 = false;
  L4 l4 = L4::other;
  std::uint16_t vlan = 0;       ///< without its CFI
  std::uint16_t flexible = 0;   ///< two bytes of the frame, the first one lowest
  std::uint32_t addresses = 0;  ///< all words of both addresses, by exclusive or
  std::uint32_t source = 0;     ///< of IPv4
  std::uint32_t destination = 0;
  std::uint32_t ports = 0;  ///< destination above source

  /// As FDIRCMD has it from bit 5: L4TYPE and IPV6.
  [[nodiscard]] std::uint32_t type() const noexcept {
    return static_cast<std::uint32_t>(l4) | (ipv6 ? 4U : 0U);
  }
};
[[nodiscard]] Flow flow_of(std::span<const std::byte> frame, const FrameInfo& info,
                           std::size_t flexible_at) noexcept;

/// A filter, by the registers that it was added with.
struct FlowFilter {
  std::uint32_t hash = 0;     ///< FDIRHASH: bucket, and signature or the number that software gave it
  std::uint32_t command = 0;  ///< FDIRCMD
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint32_t ports = 0;
  std::uint32_t vlan_and_flexible = 0;

  [[nodiscard]] std::uint32_t type() const noexcept { return command >> 5 & 7; }
};

/// Bits that are not compared: FDIRM, FDIRSIP4M, FDIRDIP4M, FDIRTCPM and FDIRUDPM.
struct FlowMasks {
  std::uint32_t fields = 0;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint32_t tcp_ports = 0;
  std::uint32_t udp_ports = 0;
};

/// Whether an exact filter is for the flow.
[[nodiscard]] bool matches(const FlowFilter& filter, const Flow& flow, const FlowMasks& masks) noexcept;

/// 15 bits: the bucket with FDIRHKEY, the signature with FDIRSKEY (7.1.2.7.2). Every bit of the key that is
/// set adds, by exclusive or, what stands so many bits up in the flow's 42 bytes, folded to 32 bits.
[[nodiscard]] std::uint32_t hash_of(const Flow& flow, std::uint32_t key) noexcept;

}  // namespace ixyflow::model
