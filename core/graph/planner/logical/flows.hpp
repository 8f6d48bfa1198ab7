#pragma once

#include <cstddef>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/order.hpp"

namespace ixyflow {

/// Sees to it that copies of elements get the packets of whole flows or connections where they need them
/// (Replication), in a plan whose links and queues are known: chooses the RSS keys of ports and the key of
/// the flow hash, and refuses what no choice makes right.
void plan_flows(const Pipeline& pipeline, const std::vector<std::size_t>& order, const Wiring& wiring,
                Plan& plan, Diagnostics& diagnostics);

}  // namespace ixyflow
