#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ixyflow::drivers {

/// A kind of network card that we know by name.
struct KnownNic {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::string_view name;
  std::string_view driver;  ///< port driver of ixyflow for it; "" for none
};

/// Null for what is not known.
const KnownNic* known_nic(std::uint16_t vendor, std::uint16_t device) noexcept;

/// The name of a PCI device: as we know it, else as the list `pci_ids` has it (a file as
/// /usr/share/misc/pci.ids, which may be missing), else its numbers: "1af4:1050".
std::string nic_name(std::uint16_t vendor, std::uint16_t device, const std::string& pci_ids);

}  // namespace ixyflow::drivers
