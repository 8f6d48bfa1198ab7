#pragma once

#include <optional>

#include "core/base/diagnostics.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

struct PlanOptions {
  bool oversubscribe = false;  ///< more workers than CPUs are allowed
};

/// Places the elements on cores, as many copies as a core's `count` says, turns edges between cores and edges
/// that close a cycle into rings, deals out the queues of ports, and counts the buffers. Mistakes (no such
/// CPU, feeders on different cores, too few cores) go to `diagnostics`; nothing then.
std::optional<Plan> make_plan(const Pipeline& pipeline, const Machine& machine, const PlanOptions& options,
                              Diagnostics& diagnostics);

}  // namespace ixyflow
