#pragma once

#include <cstdint>

namespace ixyflow::drivers::virtio {

// Where a virtio function has what (virtio 1.2, 4.1), by offset. Only what is in use here.

inline constexpr std::uint16_t kVendor = 0x1af4;               ///< 4.1.2
inline constexpr std::uint16_t kTransitionalNetwork = 0x1000;  ///< device id of legacy and transitional ones
inline constexpr std::uint16_t kModernNetwork = 0x1041;        ///< 0x1040 + 1, a network device (5.1.1)

inline constexpr unsigned kBars = 6;  ///< base address registers of a function (PCI 3.0, 6.2.5)

/// Vendor capabilities of the configuration space (4.1.4)
namespace capability {
inline constexpr std::uint32_t kLength = 2;       ///< 8 bits
inline constexpr std::uint32_t kType = 3;         ///< 8 bits
inline constexpr std::uint32_t kBar = 4;          ///< 8 bits
inline constexpr std::uint32_t kOffset = 8;       ///< 32 bits, in the BAR
inline constexpr std::uint32_t kBytes = 12;       ///< 32 bits
inline constexpr std::uint32_t kMultiplier = 16;  ///< 32 bits, of kNotify: from a queue's offset to bytes
// kType
inline constexpr std::uint8_t kCommon = 1;
inline constexpr std::uint8_t kNotify = 2;
inline constexpr std::uint8_t kDevice = 4;
}  // namespace capability

/// The common configuration (4.1.4.3)
namespace common {
inline constexpr std::uint32_t kDeviceFeatureSelect = 0;
inline constexpr std::uint32_t kDeviceFeature = 4;
inline constexpr std::uint32_t kDriverFeatureSelect = 8;
inline constexpr std::uint32_t kDriverFeature = 12;
inline constexpr std::uint32_t kStatus = 20;            ///< 8 bits
inline constexpr std::uint32_t kConfigGeneration = 21;  ///< 8 bits
inline constexpr std::uint32_t kQueueSelect = 22;       ///< 16 bits, as all further ones of 2 bytes
inline constexpr std::uint32_t kQueueSize = 24;
inline constexpr std::uint32_t kQueueVector = 26;
inline constexpr std::uint32_t kQueueEnable = 28;
inline constexpr std::uint32_t kQueueNotifyOffset = 30;
inline constexpr std::uint32_t kQueueDescriptors = 32;  ///< 64 bits, in halves
inline constexpr std::uint32_t kQueueDriver = 40;
inline constexpr std::uint32_t kQueueDevice = 48;
inline constexpr std::uint32_t kQueueReset = 58;  ///< with RING_RESET
inline constexpr std::uint32_t kBytes = 56;       ///< of what every device has
inline constexpr std::uint32_t kBytesWithReset = 60;
inline constexpr std::uint16_t kNoVector = 0xffff;
}  // namespace common

/// The registers of a legacy device, in its first BAR (4.1.4.10)
namespace legacy {
inline constexpr std::uint32_t kDeviceFeatures = 0;
inline constexpr std::uint32_t kDriverFeatures = 4;
inline constexpr std::uint32_t kQueueAddress = 8;  ///< in pages; 0: none
inline constexpr std::uint32_t kQueueSize = 12;    ///< 16 bits
inline constexpr std::uint32_t kQueueSelect = 14;  ///< 16 bits
inline constexpr std::uint32_t kQueueNotify = 16;  ///< 16 bits
inline constexpr std::uint32_t kStatus = 18;       ///< 8 bits
inline constexpr std::uint32_t kConfig = 20;       ///< of the device
inline constexpr std::uint32_t kConfigMsix = 24;   ///< of the device, while MSI-X is on
inline constexpr std::uint32_t kConfigBytes = 12;  ///< that a network device may have
inline constexpr unsigned kPageShift = 12;
}  // namespace legacy

}  // namespace ixyflow::drivers::virtio
