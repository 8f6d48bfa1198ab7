#include "drivers/bus/inventory/port_driver.hpp"

#include <fmt/format.h>

#include <string>

#include "drivers/bus/inventory/inventory.hpp"
#include "drivers/bus/inventory/known_nics.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

std::string what_helps(std::string_view wanted, std::string_view right) {
  if (right.empty())
    return "no driver of ixyflow is for it: ixgbe drives Intel 82599, X540 and X550, virtio drives virtio cards";
  return fmt::format("the driver {} is not for it; driver = \"{}\" is", wanted, right);
}

}  // namespace

Result<void> check_port_driver(std::string_view sysfs, std::string_view address, std::string_view driver) {
  const std::string folder = pci_folder(sysfs, address);
  const auto vendor = static_cast<std::uint16_t>(read_number(folder + "/vendor").value_or(0));
  const auto device = static_cast<std::uint16_t>(read_number(folder + "/device").value_or(0));
  const KnownNic* const known = known_nic(vendor, device);
  const std::string_view right = known == nullptr ? "" : known->driver;
  if (!right.empty() && (driver.empty() || driver == right)) return {};
  const std::string name = nic_name(vendor, device, kPciIds);
  const std::string id = fmt::format("{:04x}:{:04x}", vendor, device);
  return fail(ExitCode::refused, fmt::format("{} is {}{}, and {}", address, name, name == id ? "" : ", " + id,
                                             what_helps(driver, right)));
}

}  // namespace ixyflow::drivers
