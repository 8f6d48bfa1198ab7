#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// Everything about a pipeline that can be wrong whatever the machine: elements and cycles that nothing
/// feeds, feeders on different cores, more users of a port than it has queues, ports that claim the same
/// thing, rings that are too short. Also warns about requests that have no effect.
void check_pipeline(const Pipeline& pipeline, Diagnostics& diagnostics);

}  // namespace ixyflow
