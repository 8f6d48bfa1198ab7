#pragma once

#include "core/base/result.hpp"
#include "core/runtime/assembly/assembly.hpp"

namespace ixyflow {

/// Allocates the packet memory, one piece per NUMA node, cuts it into the pools of the workers (which exist)
/// and connects those whose packets meet. Error (configuration): not enough memory.
Result<void> make_pools(Assembly& assembly);

}  // namespace ixyflow
