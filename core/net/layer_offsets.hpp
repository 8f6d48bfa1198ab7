#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/protocol_numbers.hpp"

namespace ixyflow {

/// Where the layers of a frame start, from its first byte; 0 where there is no such layer.
struct Layers {
  std::uint16_t l3_offset = 0;  ///< of what follows the last VLAN tag; 0 when the frame ends there
  /// Of the transport header; 0 for later fragments and where the IP header is bad.
  std::uint16_t l4_offset = 0;
  EtherType ether_type{};    ///< behind all tags; a length (below 0x600) for IEEE 802.3 frames
  IpProtocol ip_protocol{};  ///< behind all extension headers; valid with l4_offset, and of later fragments
};

/// Where the IP packet of `layers` ends by its own length: behind that is padding. Never behind the frame;
/// the end of the frame when there is no IP header, and where that says 0 because a network card was to cut
/// the packet into segments (Linux: more than 64 KiB, "BIG TCP"), or because it is a jumbogram.
IXYFLOW_API std::uint32_t ip_end(std::span<const std::uint8_t> frame, const Layers& layers) noexcept;

}  // namespace ixyflow
