#include "drivers/bus/vfio_user/owed_writes.hpp"

namespace ixyflow::drivers {

bool OwedWrites::replace(const Write& write, std::uint32_t which) noexcept {
  if (count_.load(std::memory_order_relaxed) == 0) return false;
  const std::uint64_t newer = word_of(write);
  for (std::atomic<std::uint64_t>& place : places_) {
    std::uint64_t older = place.load(std::memory_order_acquire);
    if (older == kNothing || ((older ^ newer) & (kPlace | which)) != 0) continue;
    // Fails only where the older one was settled this very moment.
    return place.compare_exchange_strong(older, newer, std::memory_order_acq_rel);
  }
  return false;
}

void OwedWrites::keep(const Write& write) noexcept {
  const std::uint64_t word = word_of(write);
  count_.fetch_add(1, std::memory_order_relaxed);
  for (std::atomic<std::uint64_t>& place : places_) {
    std::uint64_t free = kNothing;
    if (place.load(std::memory_order_relaxed) == kNothing &&
        place.compare_exchange_strong(free, word, std::memory_order_acq_rel))
      return;
  }
}

}  // namespace ixyflow::drivers
