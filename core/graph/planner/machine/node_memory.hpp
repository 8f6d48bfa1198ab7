#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

/// Fills in `Plan::nodes`: what lies on which node of `machine`, once the workers' nodes are known. Refuses
/// what is more than a node has.
void sum_memory(const Pipeline& pipeline, const Machine& machine, Plan& plan, Diagnostics& diagnostics);

}  // namespace ixyflow
