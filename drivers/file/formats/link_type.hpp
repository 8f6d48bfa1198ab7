#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/net/headers.hpp"

namespace ixyflow::drivers {

/// What a capture says that its frames begin with, by its number in files:
/// https://www.tcpdump.org/linktypes.html
enum class LinkType : std::uint16_t {
  null = 0,  ///< BSD loopback: an address family in the byte order of the host that captured
  ethernet = 1,
  raw = 101,   ///< IPv4 or IPv6 without anything in front
  loop = 108,  ///< OpenBSD loopback: an address family, most significant byte first
  sll = 113,   ///< Linux "cooked": device "any", PPP
  ipv4 = 228,
  ipv6 = 229,
  sll2 = 276,
};

/// The link type that a file's number stands for, when its frames are of Ethernet or become so.
[[nodiscard]] std::optional<LinkType> known_link_type(std::uint32_t number) noexcept;

/// An Ethernet header for the frames of another link type.
struct EthernetFront {
  std::array<std::uint8_t, sizeof(EtherHeader)> header;
  std::size_t replaced = 0;  ///< bytes at the front of the frame that it takes the place of
};

/// The Ethernet header for a frame of another link type, of which `frame` was captured and which had
/// `original` bytes. Addresses that the link type does not know are 0. Nothing: the frame is too short, or of
/// a protocol that Ethernet has no number for.
[[nodiscard]] std::optional<EthernetFront> ethernet_front(LinkType type, std::span<const std::uint8_t> frame,
                                                          std::uint32_t original) noexcept;

}  // namespace ixyflow::drivers
