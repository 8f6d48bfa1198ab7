#pragma once

#include <cstdint>

namespace ixyflow::drivers {

// Registers of the configuration space that every function has (PCI 3.0, 6.1 and 6.2), by offset.

inline constexpr std::uint32_t kPciConfigSpace = 256;  ///< bytes, without what PCI Express adds
inline constexpr std::uint32_t kPciVendor = 0x00;      ///< 2 bytes; all ones: there is no device
inline constexpr std::uint32_t kPciCommand = 0x04;     ///< 2 bytes

// Bits of the command register (6.2.2).
inline constexpr std::uint32_t kPciIoSpace = 1U << 0;
inline constexpr std::uint32_t kPciMemorySpace = 1U << 1;
inline constexpr std::uint32_t kPciBusMaster = 1U << 2;

}  // namespace ixyflow::drivers
