#pragma once

#include <atomic>
#include <cstdint>

namespace ixyflow {

/// Counts what an edge cannot show. One writer, the worker of its element; everybody else sees it through a
/// snapshot that the worker makes at a round boundary.
class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept { value_ += amount; }
  Counter& operator++() noexcept {
    ++value_;
    return *this;
  }
  /// Worker only, or after its end.
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0;
};

/// Counts what happens away from the workers, as a card's own statistics: one writer, any reader.
class SharedCounter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace ixyflow
