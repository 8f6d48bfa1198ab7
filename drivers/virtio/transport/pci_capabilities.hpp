#pragma once

#include <cstdint>
#include <optional>

#include "core/base/result.hpp"
#include "drivers/bus/pci_function.hpp"

namespace ixyflow::drivers::virtio {

/// A structure of the device, as its capability tells.
struct Structure {
  unsigned bar = 0;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t multiplier = 0;
};
/// Those that the driver uses; the first of each type that lies in a BAR (virtio 1.2, 4.1.4.1).
struct Structures {
  std::optional<Structure> common;
  std::optional<Structure> notify;
  std::optional<Structure> device;
};

/// What the capabilities of the configuration space tell (4.1.4). A function that has none finds none. Error
/// (unavailable): they tell what cannot be.
Result<Structures> find_structures(PciFunction& function);

}  // namespace ixyflow::drivers::virtio
