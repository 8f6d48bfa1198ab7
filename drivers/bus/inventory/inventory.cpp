#include "drivers/bus/inventory/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "drivers/bus/inventory/kernel_driver.hpp"
#include "drivers/bus/inventory/known_nics.hpp"
#include "drivers/bus/inventory/past_iommu.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

std::string link_of(const std::string& interface) {
  const auto state = read_text(interface + "/operstate");
  if (!state || *state == "unknown") return "";
  if (*state != "up") return "down";
  const auto megabits = read_number(interface + "/speed").value_or(-1);
  if (megabits <= 0) return "up";
  return megabits % 1000 == 0 ? fmt::format("{}G", megabits / 1000) : fmt::format("{}M", megabits);
}

int group_of(const std::string& folder) {
  const std::string name = link_name(folder + "/iommu_group");
  int number = -1;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

PciNic look_at(const std::string& address, const NetworkSources& sources, const std::string& pci_ids) {
  const std::string folder = pci_folder(sources.sysfs, address);
  PciNic nic{.address = address};
  nic.vendor = static_cast<std::uint16_t>(read_number(folder + "/vendor").value_or(0));
  nic.device = static_cast<std::uint16_t>(read_number(folder + "/device").value_or(0));
  nic.name = nic_name(nic.vendor, nic.device, pci_ids);
  nic.driver = bound_driver(folder);
  if (const KnownNic* known = known_nic(nic.vendor, nic.device)) nic.port_driver = known->driver;
  nic.node = static_cast<int>(read_number(folder + "/numa_node").value_or(-1));
  nic.iommu_group = group_of(folder);
  nic.translated = translated(folder);
  nic.past_iommu = goes_past_iommu(folder);
  nic.interfaces = interfaces_of(address, sources);
  if (!nic.interfaces.empty()) nic.link = link_of(nic.interfaces.front().folder);
  return nic;
}

/// What goes past the IOMMU works through sysfs and not through VFIO; what may do so, by one of the two.
std::string_view readiness(const PciNic& nic) {
  const bool bound = nic.driver == "vfio-pci";
  if (!nic.past_iommu && bound) return "ready if iommu_platform=on";
  if (!nic.past_iommu && nic.iommu_group >= 0) return "as root; to bind if iommu_platform=on";
  if (nic.past_iommu.value_or(false)) return bound ? "to be restored: no iommu_platform" : "ready, as root";
  return bound ? "ready" : nic.iommu_group >= 0 ? "ready to bind" : "ready, as root";
}

}  // namespace

bool PciNic::in_use() const noexcept {
  return std::ranges::any_of(interfaces, &InterfaceUse::in_use);
}

std::vector<PciNic> pci_nics(const NetworkSources& sources, const std::string& pci_ids) {
  std::vector<PciNic> nics;
  for (const std::string& address : network_functions(sources.sysfs))
    nics.push_back(look_at(address, sources, pci_ids));
  return nics;
}

std::string verdict(const PciNic& nic) {
  if (nic.port_driver.empty()) return "no driver for it";
  if (nic.in_use()) return "refused: in use";
  return fmt::format("{}: {}", nic.port_driver, readiness(nic));
}

}  // namespace ixyflow::drivers
