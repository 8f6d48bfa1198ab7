#pragma once

#include "core/graph/machine.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

/// Adds to the warnings of a plan with CPUs what makes it slow (a port on another node, hyper-thread siblings
/// and shared CPUs, also with other runs, a node without memory), and to its notes what is worth knowing (CPU
/// 0 in use, CPUs that are not isolated).
void add_machine_warnings(const Pipeline& pipeline, const Machine& machine, Plan& plan);

}  // namespace ixyflow
