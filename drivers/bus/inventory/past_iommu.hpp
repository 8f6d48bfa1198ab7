#pragma once

#include <optional>
#include <string>

namespace ixyflow::drivers {

/// Whether the PCI function with the folder `function` in sysfs goes past the IOMMU: a virtio device without
/// ACCESS_PLATFORM does (virtio 1.2, 6.1), whatever IOMMU group it is in, and needs physical addresses.
/// Nothing else does. nullopt: a virtio device of which the kernel does not know, because no driver of the
/// kernel has it.
std::optional<bool> goes_past_iommu(const std::string& function);

}  // namespace ixyflow::drivers
