#pragma once

#include <chrono>

#include "core/base/api.hpp"

namespace ixyflow {

/// What everything may take together that waits within a scope, however many peers and messages it is about:
/// a deadline that waits find by themselves. Scopes stand in each other; the earliest end counts. Belongs to
/// a thread, or to the fiber on which it was made.
class IXYFLOW_API TimeBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit TimeBudget(std::chrono::nanoseconds most) noexcept;
  ~TimeBudget();
  TimeBudget(const TimeBudget&) = delete;
  TimeBudget& operator=(const TimeBudget&) = delete;

  /// When waiting is over here; Time::max() outside of all scopes.
  [[nodiscard]] static Time end() noexcept;
  /// Whether that was some time ago.
  [[nodiscard]] static bool used_up() noexcept { return std::chrono::steady_clock::now() >= end(); }

 private:
  friend class Fiber;
  /// Puts another stack of scopes in the place of the thread's, which it returns.
  static TimeBudget* exchange(TimeBudget* innermost) noexcept;
  /// No scope of the stack ends later than this.
  static void shorten(TimeBudget* innermost, Time end) noexcept;

  Time end_;
  TimeBudget* outer_;
};

}  // namespace ixyflow
