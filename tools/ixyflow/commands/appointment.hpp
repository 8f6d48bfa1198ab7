#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/units.hpp"

namespace ixyflow::tools {

/// A moment that comes again and again, or never.
class Appointment {
 public:
  Appointment(std::chrono::steady_clock::time_point start, std::optional<Duration> interval)
      : interval_(interval ? interval->ns : 0), next_(start + interval_) {}

  [[nodiscard]] bool due(std::chrono::steady_clock::time_point now) {
    if (interval_.count() == 0 || now < next_) return false;
    // After a pause of the whole process the missed ones are left out.
    while (next_ <= now) next_ += interval_ * std::max<std::int64_t>(1, (now - next_) / interval_ + 1);
    return true;
  }
  /// Time left, at most `limit`.
  [[nodiscard]] std::chrono::nanoseconds left(std::chrono::steady_clock::time_point now,
                                              std::chrono::nanoseconds limit) const {
    if (interval_.count() == 0) return limit;
    return std::clamp<std::chrono::nanoseconds>(next_ - now, std::chrono::nanoseconds(0), limit);
  }

 private:
  std::chrono::nanoseconds interval_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace ixyflow::tools
