#pragma once

#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/reach.hpp"

namespace ixyflow {

/// Has the rings of `plan` do what the file asks for when they are full. A ring that closes a cycle cannot
/// wait, or it would wait for itself: a mistake.
void set_ring_policies(const Pipeline& pipeline, Plan& plan, Diagnostics& diagnostics);

/// Gives every ring its length: that of the file, or one that is long enough. A ring must have room for all
/// that one poll can send there, which is a burst times its factor in `factors` (by ring), or its sources
/// would never be polled; a shorter one is a mistake.
void set_ring_lengths(const Pipeline& pipeline, const std::vector<Factor>& factors, Plan& plan,
                      Diagnostics& diagnostics);

}  // namespace ixyflow
