#pragma once

#include <cstdint>

#include "core/base/api.hpp"

namespace ixyflow {

/// Whether this build checks what must never happen (IXYFLOW_CHECKS): who owns a buffer, and that no packet
/// is lost.
#ifdef IXYFLOW_CHECKS
inline constexpr bool kChecks = true;
#else
inline constexpr bool kChecks = false;
#endif

namespace detail {

/// What the thread is busy with, for the report of a failed check and of a crash: the worker points it at the
/// name of the element that it runs. Never null.
IXYFLOW_API extern thread_local const char* const* current_activity;

/// Ends the process with one line on stderr that names the element at work; allocates nothing.
[[noreturn]] IXYFLOW_API void check_failed(const char* what) noexcept;

}  // namespace detail

}  // namespace ixyflow
