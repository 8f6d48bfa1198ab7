#include "core/runtime/machine/affinity.hpp"

#include <sched.h>

#include <cstddef>

namespace ixyflow {

int bind_to_cpu(pthread_t thread, int cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  return pthread_setaffinity_np(thread, sizeof(set), &set);
}

bool bound_to_cpu(pthread_t thread, int cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (pthread_getaffinity_np(thread, sizeof(set), &set) != 0) return true;
  return CPU_COUNT(&set) == 1 && CPU_ISSET(static_cast<std::size_t>(cpu), &set);
}

}  // namespace ixyflow
