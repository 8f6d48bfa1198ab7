#pragma once

#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/order.hpp"

namespace ixyflow {

/// Fills in `links` and `rings` of a plan whose `workers_of` is known: a ring for every pair of workers that
/// an edge joins, and for every edge in `closing`.
///
/// From a copies to b copies an edge goes: to the same copy when a = b; to the only one when b = 1; by flow
/// hash to all of them otherwise, so that both directions of a connection meet. An element that has fewer
/// copies than its core because its port has too few queues to transmit on is fed by copies i, i + b, i + 2b,
/// ... at its copy i, which keeps a flow together without looking at the packets.
void make_links(const Pipeline& pipeline, const EdgeSet& closing, Plan& plan);

/// Whether the edge deals packets out to copies by their flow hash.
bool spreads_flows(const Plan& plan, const Edge& edge);

}  // namespace ixyflow
