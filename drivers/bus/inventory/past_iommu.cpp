#include "drivers/bus/inventory/past_iommu.hpp"

#include <cstdint>

#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

constexpr std::int64_t kVirtioVendor = 0x1af4, kTransitional = 0x1000;
constexpr std::size_t kAccessPlatform = 33;  // the number of the feature
constexpr std::int64_t kFeaturesAgreed = 8;  // in the device's status (virtio 1.2, 2.1)

/// The folder of the virtio device that the kernel's driver has made of the function; "": there is none.
std::string virtio_device(const std::string& function) {
  for (const std::string& name : names_in(function))
    if (name.starts_with("virtio")) return function + "/" + name;
  return "";
}

}  // namespace

std::optional<bool> goes_past_iommu(const std::string& function) {
  if (read_number(function + "/vendor").value_or(0) != kVirtioVendor) return false;
  // A device that can be driven as a legacy one cannot have the feature.
  if (read_number(function + "/device").value_or(0) == kTransitional) return true;
  const std::string device = virtio_device(function);
  const auto features = read_text(device + "/features");  // a digit for each that was agreed on
  if ((read_number(device + "/status").value_or(0) & kFeaturesAgreed) == 0) return std::nullopt;
  if (!features || features->size() <= kAccessPlatform) return std::nullopt;
  return (*features)[kAccessPlatform] == '0';
}

}  // namespace ixyflow::drivers
