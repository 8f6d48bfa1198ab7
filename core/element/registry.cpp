#include "core/element/registry.hpp"

namespace ixyflow {

ElementRegistry& ElementRegistry::instance() {
  static ElementRegistry registry;
  return registry;
}

}  // namespace ixyflow
