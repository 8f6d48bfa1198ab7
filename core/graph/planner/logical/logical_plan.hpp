#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/placement.hpp"

namespace ixyflow {

/// All of a plan that the file alone decides, before any machine is looked at: workers without CPUs and
/// nodes, and the core of `[cores]` that each element runs on.
struct LogicalPlan {
  Placement placement;
  Plan plan;
};

/// Mistakes go to `diagnostics`; the plan is complete all the same.
LogicalPlan make_logical_plan(const Pipeline& pipeline, Diagnostics& diagnostics);

}  // namespace ixyflow
