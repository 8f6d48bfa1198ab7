#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/bus/inventory/in_use.hpp"

namespace ixyflow::drivers {

inline constexpr const char* kPciIds = "/usr/share/misc/pci.ids";

/// A PCI network function of this machine.
struct PciNic {
  std::string address;  ///< "0000:03:00.0"
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::string name;         ///< "Intel 82599ES (X520)"
  std::string driver;       ///< of the kernel, that it is bound to; "" for none
  std::string port_driver;  ///< of ixyflow, that can drive it; "" for none
  int node = -1;            ///< NUMA node; -1: unknown, or near to everything
  int iommu_group = -1;     ///< -1: none
  bool translated = false;  ///< an IOMMU stands between it and memory for drivers of the kernel, too
  std::optional<bool> past_iommu = false;  ///< it goes past the IOMMU; nullopt: nobody knows
  std::string link;                        ///< "10G", "up", "down"; "" where no interface tells
  std::vector<InterfaceUse> interfaces;

  [[nodiscard]] bool in_use() const noexcept;
};

/// All of them, by address. Reads only.
std::vector<PciNic> pci_nics(const NetworkSources& sources = {}, const std::string& pci_ids = kPciIds);

/// What ixyflow says to it: "ixgbe: ready to bind", "refused: in use".
std::string verdict(const PciNic& nic);

}  // namespace ixyflow::drivers
