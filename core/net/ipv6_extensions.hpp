#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/protocol_numbers.hpp"

namespace ixyflow {

/// The most extension headers that are looked through.
inline constexpr int kMaxExtensionHeaders = 16;

/// What stands behind an IPv6 header and its extension headers.
struct Ipv6Payload {
  std::uint32_t offset = 0;    ///< of the first byte behind them, from the start of the frame; 0: not reached
  IpProtocol protocol{};       ///< of what is there; valid with offset, and for later fragments
  bool fragment = false;       ///< one of several: neither whole nor an atomic fragment (RFC 6946)
  bool authenticated = false;  ///< by an authentication header among them
  /// A routing header has stations left, so that the header's destination is the next one of them.
  bool routed = false;
  /// Where the address of the last one stands, from the start of the frame; 0: not known. Valid with
  /// `routed`.
  std::uint32_t final_destination = 0;
  bool away =
      false;  ///< the source is a mobile node's care-of address: its own is in an option (RFC 6275, 6.3)
  std::uint32_t jumbo_length = 0;  ///< of a jumbogram (RFC 2675), from its hop-by-hop option; 0: it is none
};

/// Walks the chain of extension headers of the IPv6 header at `l3_offset` (RFC 8200, 4), at most
/// kMaxExtensionHeaders of them, inside of both frame and payload length. Mobility and HIP headers behind
/// which nothing follows are messages of their own, and count as payload. `offset` stays 0 when a header is
/// cut, the chain is too long, nothing is behind it, or the frame is a later fragment.
///
/// A payload length of 0 is that of a jumbogram, or of what a sender left to be cut into TCP segments by its
/// network card, as a capture at the sender shows it: with TCP behind the headers it reaches to the end of
/// the frame. With anything else behind them there is no payload.
IXYFLOW_API Ipv6Payload find_ipv6_payload(std::span<const std::uint8_t> frame,
                                          std::uint32_t l3_offset) noexcept;

}  // namespace ixyflow
