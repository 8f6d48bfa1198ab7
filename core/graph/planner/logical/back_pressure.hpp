#pragma once

#include <cstdint>
#include <vector>

#include "core/base/diagnostics.hpp"
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
/// burst and its needs. Links, rings with their policies, and queues are known already.
///
/// Back-pressure is decided before packets are fetched, never on their way: a poll is skipped in a round in
/// which one of the rings that wait, of the transmit queues or of the elements that hold packets (Queue)
/// which its packets can reach has no room for all that a burst can become there. What is in front of the
/// poll (a file, the ring or the Queue before) fills up and holds back its own source in turn. Nothing waits
/// for itself, because a ring that drops closes every cycle.
///
/// A burst is no larger than what transmit queues and holding elements take when they are empty, or it would
/// never be fetched. Where there is less room than for what one packet can become there is a mistake.
PollFigures plan_polls(const Pipeline& pipeline, const Wiring& wiring, Plan& plan, Diagnostics& diagnostics);

}  // namespace ixyflow
