#include "drivers/bus/open/open_function.hpp"

#include "drivers/bus/device_string.hpp"
#include "drivers/bus/inventory/port_driver.hpp"
#include "drivers/bus/sysfs/function.hpp"
#include "drivers/bus/vfio/function.hpp"
#include "drivers/bus/vfio_user/function.hpp"

namespace ixyflow::drivers {

Result<std::unique_ptr<PciFunction>> open_pci_function(std::string_view device, const PciOptions& options) {
  const auto place = locate(device);
  if (!place) return std::unexpected(place.error());
  if (place->way != PciWay::vfio_user && !options.driver.empty())
    if (auto right = check_port_driver(kSysfs, place->address, options.driver); !right)
      return std::unexpected(right.error());
  switch (place->way) {
    case PciWay::vfio_user:
      return open_vfio_user(place->address, options);
    case PciWay::vfio:
      return open_vfio(place->address, options);
    case PciWay::sysfs:
      return open_sysfs(place->address, options);
  }
  return fail(ExitCode::internal, "an unknown way to a device");
}

}  // namespace ixyflow::drivers
