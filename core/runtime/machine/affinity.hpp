#pragma once

#include <pthread.h>

namespace ixyflow {

/// Binds a thread to one CPU; 0, or the number of the error.
[[nodiscard]] int bind_to_cpu(pthread_t thread, int cpu) noexcept;

/// Whether the thread may run on `cpu` and nowhere else; true when that cannot be known.
[[nodiscard]] bool bound_to_cpu(pthread_t thread, int cpu) noexcept;

}  // namespace ixyflow
