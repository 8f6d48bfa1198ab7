#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "core/graph/planner/placement.hpp"

namespace ixyflow {

/// Gives every worker of `plan` its CPU and nodes. An explicit `cpu` is taken as it is; the others are
/// chosen: on the node of `near` (else of the port that the worker receives from or transmits on, else of a
/// worker that it shares a ring with), or the nearest node where one is free; there never CPU 0 while another
/// is free, never the hyper-thread sibling of one in use while another is free, isolated ones first. Mistakes
/// go to `diagnostics`; reasons, warnings and notes to the plan.
void choose_cpus(const Pipeline& pipeline, const Placement& placement, const Machine& machine,
                 const PlanOptions& options, Plan& plan, Diagnostics& diagnostics);

}  // namespace ixyflow
