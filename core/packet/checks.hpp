#pragma once

#include <cstdint>

#include "core/base/api.hpp"

namespace ixyflow::detail {

/// What the thread is busy with, for the report of a failed check and of a crash: the worker points it at the
/// name of the element that it runs. Never null.
IXYFLOW_API extern thread_local const char* const* current_activity;

/// Ends the process with one line on stderr that names the element at work; allocates nothing.
[[noreturn]] IXYFLOW_API void check_failed(const char* what) noexcept;

}  // namespace ixyflow::detail
