#pragma once

#include <string>
#include <vector>

#include "core/graph/plan.hpp"

namespace ixyflow {

/// Nearness that does not matter.
inline constexpr int kAnyNode = -1;

/// Where a worker would like to be, and why.
struct Wish {
  int node = kAnyNode;
  std::string reason;  ///< "where port 'wan' is"
};

/// Whether the packets of `worker` would cross nodes if it was not near a port that it uses.
bool uses_port_with_node(const Pipeline& pipeline, const WorkerPlan& worker);

/// On the node of the port called `near`; without one of the port that the worker receives from, else
/// transmits on.
Wish wish_for_port(const Pipeline& pipeline, const WorkerPlan& worker, const std::string& near);

/// On the node of a worker that feeds `worker` (an index) over a ring, else of one that it feeds; of those
/// that are `placed` already.
Wish wish_for_neighbour(const Plan& plan, std::size_t worker, const std::vector<bool>& placed);

}  // namespace ixyflow
