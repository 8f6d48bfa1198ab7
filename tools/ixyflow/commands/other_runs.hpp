#pragma once

#include <vector>

#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"

namespace ixyflow::tools {

/// The runs that this user may see. One that is about to start cannot be asked yet. Takes 0.3 s at most for
/// each that does not answer.
std::vector<RunningInstance> other_runs();

/// Tells `machine` which of its CPUs have workers of `runs`, so that a plan takes others.
void mark_cpus_of(const std::vector<RunningInstance>& runs, Machine& machine);

}  // namespace ixyflow::tools
