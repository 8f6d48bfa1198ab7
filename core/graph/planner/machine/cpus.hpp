#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/placement.hpp"

namespace ixyflow {

/// Gives every worker of `plan` its CPU and nodes. An explicit `cpu` is taken as it is; the others are
/// chosen: on the node of `near` (else of the port that the worker receives from or transmits on, else of a
/// worker that it shares a ring with), or the nearest node where one is free; there never CPU 0 while another
/// is free, never one that another run uses or the hyper-thread sibling of one in use while another is free,
/// isolated ones first. More
/// workers than CPUs are a mistake, but with `oversubscribe`. Mistakes go to `diagnostics`; reasons to the
/// plan.
void choose_cpus(const Pipeline& pipeline, const Placement& placement, const Machine& machine,
                 bool oversubscribe, Plan& plan, Diagnostics& diagnostics);

}  // namespace ixyflow
