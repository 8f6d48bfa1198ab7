#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/placement.hpp"

namespace ixyflow {

/// A plan without CPUs: all of it that the file alone decides.
struct Draft {
  Placement placement;
  Plan plan;
};

/// Mistakes go to `diagnostics`; the draft is complete all the same.
Draft draft_plan(const Pipeline& pipeline, Diagnostics& diagnostics);

}  // namespace ixyflow
