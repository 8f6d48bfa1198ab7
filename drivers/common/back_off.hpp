#pragma once

#include <algorithm>
#include <chrono>

namespace ixyflow::drivers {

/// How long to wait before the next try of something that has failed: not at all at first, then twice as long
/// each time, up to a limit (exponential back-off).
class BackOff {
 public:
  using Pause = std::chrono::milliseconds;
  static constexpr Pause kFirst{100};
  static constexpr Pause kLongest{10'000};

  [[nodiscard]] Pause pause() const noexcept { return pause_; }
  void reset() noexcept { pause_ = Pause(0); }
  void lengthen(Pause longest) noexcept { pause_ = std::clamp(2 * pause_, kFirst, longest); }
  void limit(Pause longest) noexcept { pause_ = std::min(pause_, longest); }

 private:
  Pause pause_{0};
};

}  // namespace ixyflow::drivers
