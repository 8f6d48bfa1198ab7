#include "core/base/statistics/striped_counter.hpp"

namespace ixyflow {

std::size_t StripedCounter::stripe() noexcept {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t own = threads.fetch_add(1, std::memory_order_relaxed) % kStripes;
  return own;
}

}  // namespace ixyflow
