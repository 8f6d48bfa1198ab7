#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/device/port.hpp"

namespace ixyflow::drivers {

/// Bytes of the key of a Toeplitz hash over two IPv6 addresses and ports, and of the 32 bits behind it.
inline constexpr std::size_t kRssKeyBytes = 40;

/// The key itself, in the order in which the bits of the input meet it. Full: the one that Microsoft's
/// "Verifying the RSS Hash Calculation" and the 82599's data sheet (7.1.2.8.3) compute their examples with.
/// Symmetric: 0x6d5a over and over (Woo and Park, "Scalable TCP Session Monitoring with Symmetric
/// Receive-side Scaling", 2012): exchanging source and destination changes nothing, but neither does much
/// else, because the hash is one of the 16-bit words of the input folded into one.
[[nodiscard]] std::span<const std::uint8_t, kRssKeyBytes> rss_key_bytes(RssKey key) noexcept;

}  // namespace ixyflow::drivers
