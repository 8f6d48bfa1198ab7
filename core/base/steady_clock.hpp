#pragma once

#include <chrono>

namespace ixyflow {

/// The time of the control thread, for deadlines and pauses: real, also where the clock of a run is
/// simulated.
using SteadyClock = std::chrono::steady_clock;

}  // namespace ixyflow
