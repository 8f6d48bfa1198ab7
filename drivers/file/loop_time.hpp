#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/units.hpp"

namespace ixyflow::drivers {

/// Turns the time stamps of a capture that is played several times into ones that never go back: each time it
/// starts one mean distance of packets after the last one of the time before.
class LoopTime {
 public:
  /// A packet without a time stamp (0) stays one.
  Nanoseconds shifted(Nanoseconds timestamp) noexcept {
    ++packets_;
    if (timestamp == 0) return 0;
    if (timed_++ == 0) first_ = last_ = timestamp;
    last_ = std::max(last_, timestamp);
    return timestamp + shift_;
  }
  void next_loop() noexcept {
    const Nanoseconds duration = last_ - first_;
    shift_ +=
        duration + std::max(timed_ > 1 ? duration / static_cast<Nanoseconds>(timed_ - 1) : 0, kSmallestGap);
    packets_ = timed_ = 0;
  }
  /// Packets of this time.
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }

 private:
  static constexpr Nanoseconds kSmallestGap = 1000;

  std::uint64_t packets_ = 0;
  std::uint64_t timed_ = 0;  ///< of them, those with a time stamp
  Nanoseconds first_ = 0;
  Nanoseconds last_ = 0;
  Nanoseconds shift_ = 0;
};

}  // namespace ixyflow::drivers
