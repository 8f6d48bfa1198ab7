#pragma once

#include "tools/ixyflow/pipeline/prepare.hpp"

namespace ixyflow::tools {

/// For -v: what was decided about cores, rings and memory, and why, and what every port is; for -vv that of
/// elements, polls and every ring, too.
void tell_plan(const Pipeline& pipeline, const Plan& plan);

}  // namespace ixyflow::tools
