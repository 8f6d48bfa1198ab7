#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ixyflow::drivers {

/// A part of a device's address space, as VFIO tells of it, in the kernel and in vfio-user alike.
struct Region {
  /// What may be mapped: whole pages, counted from the region's start.
  struct Area {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  std::uint64_t size = 0;
  std::uint64_t file_offset = 0;  ///< of the region in the descriptor that gives access to it
  std::vector<Area> areas;
};

/// The most bytes that BARs may have: none of a network card comes near.
inline constexpr std::uint64_t kLargestBar = std::uint64_t{1} << 30;
/// Room for struct vfio_region_info and all capabilities that we understand.
inline constexpr std::size_t kRegionInfoRoom = 4096;

/// Reads `info`, a struct vfio_region_info (<linux/vfio.h>) and the capabilities behind it, which come from a
/// device model or the kernel: nothing in it is believed. Error (unavailable), with the device's name `whose`
/// in front.
Result<Region> parse_region(std::span<const std::byte> info, std::string_view whose);

/// Whether a region can be BAR `index` with at least `minimum` bytes, on this kernel: one for ARM may have
/// pages of 16 or 64 KiB, for which no driver here is made. Error (unavailable).
Result<void> check_bar(const Region& region, unsigned index, std::size_t minimum, std::string_view whose);

}  // namespace ixyflow::drivers
