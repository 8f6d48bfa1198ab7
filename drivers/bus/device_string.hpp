#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "drivers/bus/pci_function.hpp"

namespace ixyflow::drivers {

inline constexpr std::string_view kVfioUserPrefix = "vfio-user:";
/// Where the kernel shows its devices.
inline constexpr std::string_view kSysfs = "/sys";

/// "0000:03:00.0" for that or "03:00.0", in small letters; none for anything else.
std::optional<std::string> pci_address(std::string_view text);

/// `locate` in a tree like /sys.
Result<PciPlace> locate_in(std::string_view sysfs, std::string_view device);

}  // namespace ixyflow::drivers
