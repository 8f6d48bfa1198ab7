#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/pacer.hpp"
#include "core/base/units.hpp"
#include "core/device/playback_clock.hpp"

namespace ixyflow::drivers {

/// When the packets of a capture are due at their recorded pace, or at that times a factor. A packet without
/// a time stamp comes with the one before it. Where time stamps go back by more than Pacer::kMaxLag, because
/// a clock was set or captures were joined, it goes on without a pause; packets that go back by less are late
/// by that much, and come at once. On the worker of its port.
class RecordedPace {
 public:
  RecordedPace() = default;
  /// `factor` is above 0: 2 plays twice as fast. No pause between two packets is longer than `longest`.
  RecordedPace(std::shared_ptr<PlaybackClock> clock, double factor, Duration longest) noexcept
      : clock_(std::move(clock)), factor_(factor), longest_(std::min(longest.ns, kForEver)) {}

  /// The next packet has this time stamp; 0: none. False when time went back and the schedule was moved.
  bool next(Nanoseconds timestamp, Nanoseconds now) noexcept {
    pause_ = 0;
    due_ = last_;
    if (timestamp == 0) return true;
    clock_->begin(timestamp, now);
    begun_ = true;
    const Nanoseconds recorded = played(timestamp - clock_->origin());
    const bool back = recorded + shift_ < last_ - Pacer::kMaxLag;
    if (!back) due_ = std::min({recorded + shift_, last_ + longest_, kForEver});
    shift_ = due_ - recorded;
    pause_ = std::max<Nanoseconds>(due_ - last_, 0);
    last_ = std::max(last_, due_);
    return !back;
  }

  /// When that packet is due, on the workers' clock; at once while there was no time stamp.
  [[nodiscard]] Nanoseconds due() const noexcept { return begun_ ? clock_->start() + due_ : 0; }
  /// How long after the one before it.
  [[nodiscard]] Nanoseconds pause() const noexcept { return pause_; }

  /// Moves the schedule of all that play, when this one is more than Pacer::kMaxLag behind; true when it did.
  bool limit_lag(Nanoseconds now) noexcept {
    if (!begun_) return false;
    const Nanoseconds start = clock_->start();
    const Nanoseconds lag = now - (start + due_);
    if (lag <= Pacer::kMaxLag) return false;
    clock_->delay(start, lag);
    return true;
  }

 private:
  static constexpr Nanoseconds kForEver = Nanoseconds{1} << 60;  // 36 years, and far from any overflow

  [[nodiscard]] Nanoseconds played(Nanoseconds recorded) const noexcept {
    recorded = std::clamp(recorded, -kForEver, kForEver);
    if (factor_ == 1) return recorded;
    constexpr auto kMost = static_cast<double>(kForEver);
    return static_cast<Nanoseconds>(std::clamp(static_cast<double>(recorded) / factor_, -kMost, kMost));
  }

  std::shared_ptr<PlaybackClock> clock_;
  double factor_ = 1;
  Nanoseconds longest_ = kForEver;
  bool begun_ = false;
  // In the time that is played, from its start:
  Nanoseconds due_ = 0;    ///< of the next packet
  Nanoseconds last_ = 0;   ///< the latest so far
  Nanoseconds shift_ = 0;  ///< what is played minus what was recorded: pauses left out, steps back
  Nanoseconds pause_ = 0;
};

}  // namespace ixyflow::drivers
