#pragma once

#include <chrono>

#include "core/base/api.hpp"

// How everything waits that may have to wait for somebody else: within the TimeBudget of the caller, and on a
// fiber by leaving it, so that its thread can go on with something else.

namespace ixyflow {

/// Waits until `fd` is ready for `events` (poll(2)), or has nothing more to say. False: at `until`, or when
/// the budget is used up, it was not.
[[nodiscard]] IXYFLOW_API bool wait_ready(int fd, short events,
                                          std::chrono::steady_clock::time_point until) noexcept;

/// Between two looks at what nobody tells: at least for `time`, or until the budget is used up.
IXYFLOW_API void pause_for(std::chrono::nanoseconds time) noexcept;

/// To be called where much may come without any wait: leaves a fiber whose turn has lasted long enough.
IXYFLOW_API void give_way() noexcept;

}  // namespace ixyflow
