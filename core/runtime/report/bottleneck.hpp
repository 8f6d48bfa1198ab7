#pragma once

#include <string>

#include "core/runtime/report/report.hpp"

namespace ixyflow {

/// One sentence on what keeps the pipeline from being faster: a core without time to spare, with its most
/// expensive element and the ring in front of it; a port, or an element that holds packets, that takes no
/// more; or the sources, which gave no more. Empty when the run was too short to tell, or its time was not
/// measured.
std::string find_bottleneck(const RunReport& report);

}  // namespace ixyflow
