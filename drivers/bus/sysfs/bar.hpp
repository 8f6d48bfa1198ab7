#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "drivers/bus/bar.hpp"

namespace ixyflow::drivers {

inline constexpr unsigned kPciBars = 6;

/// A BAR as sysfs tells of it.
struct SysfsResource {
  std::uint64_t start = 0;  ///< on the bus
  std::uint64_t bytes = 0;  ///< 0: there is none
  bool ports = false;       ///< I/O ports, not memory
};

/// BAR `index` (0 to 5) by the file `resource` in a function's folder; none if that cannot be read.
std::optional<SysfsResource> sysfs_resource(const std::string& folder, unsigned index);

/// Opens BAR `index` of the function `address`: memory is mapped, ports are read and written by system calls.
/// `gone` becomes true when the device turns out to be away. Errors: unavailable, refused.
Result<std::unique_ptr<Bar>> open_sysfs_bar(const std::string& folder, const std::string& address,
                                            unsigned index, std::size_t minimum, std::atomic<bool>& gone);

}  // namespace ixyflow::drivers
