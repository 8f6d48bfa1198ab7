#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/rights.hpp"

namespace ixyflow::drivers {

/// The ways to a PCI function.
enum class PciWay : std::uint8_t {
  sysfs,      ///< as root: resource files, physical addresses, huge pages
  vfio,       ///< bound to vfio-pci: an IOMMU translates, no root needed
  vfio_user,  ///< a device model in another process, behind a UNIX socket
};

/// Where a device string leads, found by reading only: nothing is opened or changed.
struct PciPlace {
  PciWay way = PciWay::sysfs;
  std::string address;      ///< "0000:03:00.0" with its domain, or the path of the socket
  int node = -1;            ///< NUMA node; -1: unknown, or near to everything
  bool translated = false;  ///< an IOMMU translates its addresses, for drivers of the kernel too
};

/// Whether `device` has a form that `open_pci_function` (drivers/bus/open) takes: "0000:03:00.0", "03:00.0"
/// or "vfio-user:/path". An error says what is allowed. Touches nothing.
Result<void> check_device_string(std::string_view device);

/// Where a device is. Error (unavailable or configuration): there is none, with those that there are.
Result<PciPlace> locate(std::string_view device);

inline constexpr std::string_view kVfioUserPrefix = "vfio-user:";
/// Where the kernel shows its devices.
inline constexpr std::string_view kSysfs = "/sys";

/// "0000:03:00.0" for that or "03:00.0", in small letters; none for anything else.
std::optional<std::string> pci_address(std::string_view text);

/// What is opened anew while the function is used, and when it is given back.
Rights needs_of(const PciPlace& place);

/// `locate` in a tree like /sys.
Result<PciPlace> locate_in(std::string_view sysfs, std::string_view device);

}  // namespace ixyflow::drivers
