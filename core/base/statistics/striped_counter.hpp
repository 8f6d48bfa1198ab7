#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/api.hpp"
#include "core/base/cache_line.hpp"

namespace ixyflow {

/// Counts what many threads do with one thing: any writer, any reader. Each thread writes to one of several
/// cache lines, and to the same one always, so that no line goes back and forth between cores (the idea of
/// LongAdder in Java). For events, not for every packet: an atomic addition takes some 20 cycles.
class StripedCounter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    stripes_[stripe()].value.fetch_add(amount, std::memory_order_relaxed);
  }
  StripedCounter& operator++() noexcept {
    add();
    return *this;
  }
  /// What was added by all so far; additions at this moment may be in it or not.
  [[nodiscard]] std::uint64_t value() const noexcept {
    std::uint64_t sum = 0;
    for (const Stripe& stripe : stripes_) sum += stripe.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  /// More threads than this share lines, which costs time and nothing else.
  static constexpr std::size_t kStripes = 16;
  struct alignas(kCacheLine) Stripe {
    std::atomic<std::uint64_t> value{0};
  };

  /// That of the calling thread.
  [[nodiscard]] IXYFLOW_API static std::size_t stripe() noexcept;

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace ixyflow
