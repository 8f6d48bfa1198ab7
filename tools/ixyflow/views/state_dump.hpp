#pragma once

#include <string>

#include "core/runtime/report/report.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// All that is known of a run at this moment, for its log: what the summary has, and where each core is, with
/// its buffers. `report` is a snapshot.
std::string state_dump(const RunReport& report, Look look);

}  // namespace ixyflow::tools
