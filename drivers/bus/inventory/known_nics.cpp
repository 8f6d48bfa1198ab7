#include "drivers/bus/inventory/known_nics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "core/base/diagnostics.hpp"

namespace ixyflow::drivers {

namespace {

constexpr std::uint16_t kIntel = 0x8086;
constexpr std::uint16_t kVirtio = 0x1af4;

constexpr std::array<KnownNic, 31> kKnown{{
    {kIntel, 0x10fb, "Intel 82599ES (X520)", "ixgbe"},
    {kIntel, 0x1557, "Intel 82599EN (X520)", "ixgbe"},
    {kIntel, 0x154d, "Intel X520", "ixgbe"},
    {kIntel, 0x154a, "Intel X520-4", "ixgbe"},
    {kIntel, 0x1558, "Intel X520-Q1", "ixgbe"},
    {kIntel, 0x1529, "Intel 82599 FCoE", "ixgbe"},
    {kIntel, 0x1507, "Intel 82599 SFP+", "ixgbe"},
    {kIntel, 0x154f, "Intel 82599 LS", "ixgbe"},
    {kIntel, 0x151c, "Intel 82599 T3", "ixgbe"},
    {kIntel, 0x10f9, "Intel 82599 CX4", "ixgbe"},
    {kIntel, 0x10fc, "Intel 82599 XAUI", "ixgbe"},
    {kIntel, 0x10f7, "Intel 82599 KX4", "ixgbe"},
    {kIntel, 0x1514, "Intel 82599 KX4 mezzanine", "ixgbe"},
    {kIntel, 0x1517, "Intel 82599 KR", "ixgbe"},
    {kIntel, 0x10f8, "Intel 82599 backplane", "ixgbe"},
    {kIntel, 0x152a, "Intel 82599 backplane FCoE", "ixgbe"},
    {kIntel, 0x1528, "Intel X540-AT2", "ixgbe"},
    {kIntel, 0x1560, "Intel X540-AT1", "ixgbe"},
    {kIntel, 0x1563, "Intel X550", "ixgbe"},
    {kIntel, 0x15d1, "Intel X550-T1", "ixgbe"},
    {kIntel, 0x10ed, "Intel 82599 VF", ""},
    {kIntel, 0x1515, "Intel X540 VF", ""},
    {kIntel, 0x1572, "Intel X710 SFP+", ""},
    {kIntel, 0x1583, "Intel XL710 QSFP+", ""},
    {kIntel, 0x1592, "Intel E810-C QSFP", ""},
    {kIntel, 0x100e, "Intel 82540EM (e1000)", ""},
    {kIntel, 0x10d3, "Intel 82574L (e1000e)", ""},
    {kIntel, 0x10c9, "Intel 82576 (igb)", ""},
    {kVirtio, 0x1000, "virtio", "virtio"},  // legacy or transitional
    {kVirtio, 0x1041, "virtio 1.0", "virtio"},
    {0x15ad, 0x07b0, "VMware vmxnet3", ""},
}};

/// The name behind the number `id` at the start of a line: "8086  Intel Corporation".
std::string_view name_after(std::string_view line, std::string_view id) {
  if (!line.starts_with(id)) return {};
  line.remove_prefix(id.size());
  const std::size_t start = line.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view{} : line.substr(start);
}

/// Lines of a vendor begin with its number, those of its devices with a tab, those of subsystems with two.
std::string name_in_list(std::uint16_t vendor, std::uint16_t device, const std::string& pci_ids) {
  constexpr std::size_t kLongest = 60;
  const std::string vendor_id = fmt::format("{:04x}", vendor);
  const std::string device_id = fmt::format("\t{:04x}", device);
  std::ifstream file(pci_ids);
  std::string vendor_name;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] != '\t') {
      if (!vendor_name.empty()) return "";
      vendor_name = name_after(line, vendor_id);
    } else if (!vendor_name.empty()) {
      if (const std::string_view name = name_after(line, device_id); !name.empty())
        return printable(fmt::format("{} {}", vendor_name.substr(0, vendor_name.find(' ')), name), kLongest);
    }
  }
  return "";
}

}  // namespace

const KnownNic* known_nic(std::uint16_t vendor, std::uint16_t device) noexcept {
  const auto* found = std::ranges::find_if(
      kKnown, [&](const KnownNic& nic) { return nic.vendor == vendor && nic.device == device; });
  return found == kKnown.end() ? nullptr : found;
}

std::string nic_name(std::uint16_t vendor, std::uint16_t device, const std::string& pci_ids) {
  if (const KnownNic* known = known_nic(vendor, device)) return std::string(known->name);
  const std::string name = name_in_list(vendor, device, pci_ids);
  return name.empty() ? fmt::format("{:04x}:{:04x}", vendor, device) : name;
}

}  // namespace ixyflow::drivers
