#pragma once

#include <cstdint>
#include <vector>

#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/order.hpp"
#include "core/graph/planner/logical/reach.hpp"

namespace ixyflow {

/// What the back-pressure analysis finds beside the polls and their needs.
struct PollFigures {
  std::vector<Factor> ring_factors;      ///< by ring: packets that one polled packet can become there
  std::vector<std::uint64_t> in_flight;  ///< by worker: the most packets under way in one round
};

/// Fills in `polls` of every worker: sources, then incoming rings, then elements that cut, each with its
/// needs. Links, rings with their policies, and queues are known already.
///
/// Back-pressure is decided before packets are fetched, never on their way: a poll is skipped in a round in
/// which one of the rings that wait or of the transmit queues that its packets can reach has no room for all
/// that a burst can become there. What is in front of the poll (a file, the ring before) fills up and holds
/// back its own source in turn. It ends at elements that hold packets and cut, as Queue: what lies behind
/// them is their own poll's need, and they drop what they have no room for.
PollFigures plan_polls(const Pipeline& pipeline, const Wiring& wiring, Plan& plan);

}  // namespace ixyflow
