#pragma once

#include <string>
#include <vector>

#include "core/runtime/engine/trace/trace_step.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// The way of every traced packet: one line per element with the time since the packet was first seen, the
/// exit it took and what changed, by field where the field has a name.
std::string trace_text(const std::vector<TraceStep>& steps, Look look);

}  // namespace ixyflow::tools
