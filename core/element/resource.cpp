#include "core/element/resource.hpp"

namespace ixyflow {

ResourceRegistry& ResourceRegistry::instance() {
  static ResourceRegistry registry;
  return registry;
}

}  // namespace ixyflow
