#pragma once

#include <cstdint>

namespace ixyflow::drivers::virtio {

/// What device and driver negotiate (virtio 1.2, 2.2), by bit (5.1.3 and 6). Only what is in use here.
using Features = std::uint64_t;

namespace feature {
// Of network devices (5.1.3).
inline constexpr Features kCsum = 1ULL << 0;       ///< the device completes checksums of what is sent
inline constexpr Features kGuestCsum = 1ULL << 1;  ///< the driver takes frames with incomplete checksums
inline constexpr Features kMtu = 1ULL << 3;        ///< the configuration tells the MTU
inline constexpr Features kMac = 1ULL << 5;        ///< the configuration tells the MAC address
inline constexpr Features kMrgRxbuf = 1ULL << 15;  ///< a frame may come in several buffers
inline constexpr Features kStatus = 1ULL << 16;    ///< the configuration tells the state of the link
inline constexpr Features kCtrlVq = 1ULL << 17;    ///< there is a control queue
inline constexpr Features kCtrlRx = 1ULL << 18;  ///< it knows promiscuous and all multicast, and MAC filters
inline constexpr Features kCtrlVlan = 1ULL << 19;  ///< it filters VLANs
inline constexpr Features kMq = 1ULL << 22;        ///< several pairs of queues
inline constexpr Features kRss = 1ULL << 60;       ///< frames are spread by a Toeplitz hash
// Of all devices (6).
inline constexpr Features kAnyLayout = 1ULL << 27;       ///< legacy: header and frame may share a descriptor
inline constexpr Features kIndirect = 1ULL << 28;        ///< a descriptor may be a table of descriptors
inline constexpr Features kEventIndex = 1ULL << 29;      ///< each end says after which index it wants to hear
inline constexpr Features kVersion1 = 1ULL << 32;        ///< not legacy
inline constexpr Features kAccessPlatform = 1ULL << 33;  ///< its memory accesses go through the IOMMU
inline constexpr Features kRingPacked = 1ULL << 34;
inline constexpr Features kInOrder = 1ULL << 35;           ///< buffers come back in the order they were given
inline constexpr Features kNotificationData = 1ULL << 38;  ///< notifications say where the driver is
inline constexpr Features kRingReset = 1ULL << 40;         ///< single queues can be reset
}  // namespace feature

}  // namespace ixyflow::drivers::virtio
