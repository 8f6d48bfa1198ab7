#pragma once

#include <algorithm>

#include "core/base/units.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// Decides how long a worker sleeps after a round that moved no packet: spins, then sleeps with exponential
/// back-off.
///
/// `adaptive` looks again at once for 100 us. From then on the worker sleeps, twice as long each time, but
/// never longer than it has been without packets already: a ring that had no room for a burst in all that
/// time does not run empty in as much time again, so that no throughput is lost.
class IdlePolicy {
 public:
  static constexpr Nanoseconds kSpin = 100'000;  ///< of `adaptive`
  static constexpr Nanoseconds kFirstNap = 10'000;
  static constexpr Nanoseconds kLongestNap = 500'000;
  static constexpr Nanoseconds kWakeUp = 10'000;  ///< a sleep ends that long before something is due

  /// `longest_pause` of the ports that the worker receives from; 0: they can wait. Who asks for `sleep` wants
  /// an idle CPU more than the first packets of a flood.
  explicit IdlePolicy(Idle idle, Nanoseconds longest_pause = 0) noexcept
      : idle_(idle),
        longest_(idle == Idle::adaptive && longest_pause > 0 ? std::min(longest_pause, kLongestNap)
                                                             : kLongestNap) {}

  /// After a round that moved a packet.
  void reset() noexcept { backing_off_ = false; }

  /// After a round at `now` that moved none: how long to sleep; 0: not at all. `next_due` tells when a timer
  /// or a packet will be due, and is asked only when it matters.
  template <class NextDue>
  [[nodiscard]] Nanoseconds nap(Nanoseconds now, NextDue next_due) noexcept {
    if (idle_ == Idle::spin) return 0;
    if (!backing_off_) {
      backing_off_ = true;
      since_ = now;
      next_ = std::min(kFirstNap, longest_);
    }
    if (idle_ == Idle::adaptive && now - since_ < kSpin) return 0;
    const Nanoseconds nap = next_;
    next_ = std::min(2 * next_, longest_);
    // What is due already was looked at in this round, and waits for something else.
    const Nanoseconds due = next_due();
    return due > now ? std::max<Nanoseconds>(std::min(nap, due - now - kWakeUp), 0) : nap;
  }

 private:
  Idle idle_;
  Nanoseconds longest_;
  bool backing_off_ = false;
  Nanoseconds since_ = 0;  ///< of the first round without packets
  Nanoseconds next_ = kFirstNap;
};

}  // namespace ixyflow
