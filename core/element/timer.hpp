#pragma once

#include <limits>

#include "core/base/api.hpp"
#include "core/base/units.hpp"

namespace ixyflow {

/// A point in time at which an element wants to be called (`Element::tick`). A member of the element,
/// declared with `spec.timer`; armed and disarmed by its own worker. One shot: arm it again in `tick` for the
/// next.
class Timer {
 public:
  static constexpr Nanoseconds kNever = std::numeric_limits<Nanoseconds>::max();

  /// Calls `tick` in the first round whose time is `due` or later. Moves the timer when it is armed already.
  void arm(Nanoseconds due) noexcept { due_ = due; }
  void disarm() noexcept { due_ = kNever; }
  [[nodiscard]] bool armed() const noexcept { return due_ != kNever; }
  /// Nanoseconds of the worker's clock, or kNever.
  [[nodiscard]] Nanoseconds due() const noexcept { return due_; }

 private:
  Nanoseconds due_ = kNever;
};

}  // namespace ixyflow
