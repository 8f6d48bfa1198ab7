#pragma once

#include <cstdint>

/// Of the second word of a transmit descriptor (7.2.3.2.2, 7.2.3.2.4).
namespace ixyflow::model::descriptor {

inline constexpr std::uint64_t kTimeStamp = 1U << 19;  ///< MAC.1588
inline constexpr std::uint64_t kEnd = 1U << 24;        ///< EOP
inline constexpr std::uint64_t kInsertFcs = 1U << 25;
inline constexpr std::uint64_t kLegacyChecksum = 1U << 26;
inline constexpr std::uint64_t kReportStatus = 1U << 27;
inline constexpr std::uint64_t kExtended = 1U << 29;  ///< DEXT: not of the legacy format
inline constexpr std::uint64_t kInsertVlan = 1U << 30;
inline constexpr std::uint64_t kSegment = 1U << 31;
inline constexpr std::uint64_t kDone = std::uint64_t{1} << 32;
inline constexpr std::uint64_t kIpChecksum = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kL4Checksum = std::uint64_t{1} << 41;
inline constexpr std::uint32_t kContextType = 2;
inline constexpr std::uint32_t kDataType = 3;

}  // namespace ixyflow::model::descriptor
