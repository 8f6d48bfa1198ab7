#pragma once

#include <cstddef>
#include <cstdint>

/// Bytes of what frames are made of.
namespace ixyflow::model {

inline constexpr std::uint32_t kMacAddresses = 12;  ///< both
inline constexpr std::uint32_t kEthernetBytes = 14;
inline constexpr std::uint32_t kVlanBytes = 4;
inline constexpr std::uint32_t kFcsBytes = 4;
inline constexpr std::uint32_t kIpv4Bytes = 20;  ///< without options
inline constexpr std::uint32_t kIpv6Bytes = 40;
inline constexpr std::uint32_t kTcpBytes = 20;  ///< without options
inline constexpr std::uint32_t kUdpBytes = 8;

/// Where IPv4 has its addresses.
inline constexpr std::size_t kIpv4SourceAt = 12, kIpv4DestinationAt = 16;

}  // namespace ixyflow::model
