#pragma once

#include <atomic>
#include <limits>

#include "core/base/units.hpp"

namespace ixyflow {

/// When packets come that are played at the pace at which they were recorded: one for all ports of a
/// pipeline, so that what two captures have seen at the same moment comes at the same moment. Recorded time
/// is that of time stamps; playing starts with the earliest one that a port has announced. Any thread.
class PlaybackClock {
 public:
  static constexpr Nanoseconds kUnknown = std::numeric_limits<Nanoseconds>::max();

  /// A recording begins at this time stamp. While ports are attached.
  void announce(Nanoseconds first) noexcept {
    Nanoseconds known = origin_.load();
    while (first < known && !origin_.compare_exchange_weak(known, first)) {
    }
  }

  /// Somebody has a packet with this time stamp at the time `now` of his worker's clock: the first one starts
  /// the playing, at the time stamp that is played first.
  void begin(Nanoseconds timestamp, Nanoseconds now) noexcept {
    Nanoseconds unknown = kUnknown;
    origin_.compare_exchange_strong(unknown, timestamp);
    unknown = kUnknown;
    start_.compare_exchange_strong(unknown, now);
  }
  /// The time stamp that is played first. After `begin`.
  [[nodiscard]] Nanoseconds origin() const noexcept { return origin_.load(std::memory_order_relaxed); }
  /// When that is, on the workers' clock. After `begin`.
  [[nodiscard]] Nanoseconds start() const noexcept { return start_.load(std::memory_order_relaxed); }

  /// Somebody could not keep up: everything that is still to come comes later by `lag`. `start` is what he
  /// has reckoned with, so that of several who are late only one moves it.
  void delay(Nanoseconds start, Nanoseconds lag) noexcept {
    start_.compare_exchange_strong(start, start + lag);
  }

 private:
  std::atomic<Nanoseconds> origin_{kUnknown};
  std::atomic<Nanoseconds> start_{kUnknown};
};

}  // namespace ixyflow
