#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// Everything about a pipeline that can be wrong whatever the machine: elements and cycles that nothing
/// feeds, feeders on different cores, more users of a port than it has queues, ports that claim the same
/// thing, rings that are too short. Also warns about requests that have no effect, unless something is wrong.
/// Where the wiring is not all known (`wiring_known`), because a path cannot be read, nothing is said of what
/// feeds what.
void check_pipeline(const Pipeline& pipeline, Diagnostics& diagnostics, bool wiring_known = true);

}  // namespace ixyflow
