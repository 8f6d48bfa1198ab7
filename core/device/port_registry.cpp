#include "core/device/port_registry.hpp"

namespace ixyflow {

PortRegistry& PortRegistry::instance() {
  static PortRegistry registry;
  return registry;
}

}  // namespace ixyflow
