#pragma once

#include "core/base/result.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/engine/run_options.hpp"

namespace ixyflow {

/// Allocates memory and pools, makes copies of elements, rings and workers and wires them, all as the
/// pipeline and the plan in `assembly` say. Ports are not opened. Error (configuration): not enough memory,
/// or an element that cannot be copied.
Result<void> assemble(Assembly& assembly, const RunOptions& options);

}  // namespace ixyflow
