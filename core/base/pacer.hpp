#pragma once

#include <cstdint>

#include "core/base/units.hpp"

namespace ixyflow {

/// When packets are due that leave at a given rate. The schedule is absolute: each due time is computed from
/// the start and from all that was sent since, so that errors never add up and exactly rate x time packets
/// leave.
///
/// Who falls behind catches up in a burst, but in a bounded one: what is more than `kMaxLag` late moves the
/// schedule instead, so that a process that was stopped for a minute does not send a minute's worth of
/// packets at once.
///
/// One per queue, on its worker. No system call, no allocation.
class Pacer {
 public:
  static constexpr Nanoseconds kMaxLag = 100'000'000;

  Pacer() = default;
  /// `rate.per_second` is above 0.
  explicit Pacer(Rate rate) noexcept : ns_per_unit_(1e9 / rate.per_second), unit_(rate.unit) {}

  /// The first packet is due at `now`.
  void start(Nanoseconds now) noexcept {
    start_ = due_ = now;
    units_ = 0;
  }

  /// Moves the schedule to `now` when it is more than kMaxLag behind; true when it did.
  bool limit_lag(Nanoseconds now) noexcept {
    if (now - due_ <= kMaxLag) return false;
    start(now);
    return true;
  }

  /// When the next packet may leave.
  [[nodiscard]] Nanoseconds due() const noexcept { return due_; }

  /// `packets` packets of `bytes` bytes (without FCS) each left, or are due from somebody else.
  void sent(std::uint32_t bytes, std::uint64_t packets = 1) noexcept {
    units_ += packets * (unit_ == Rate::Unit::packets ? 1 : std::uint64_t{bytes} * 8);
    due_ = start_ + static_cast<Nanoseconds>(static_cast<double>(units_) * ns_per_unit_ + 0.5);
  }

 private:
  double ns_per_unit_ = 0;
  Rate::Unit unit_ = Rate::Unit::packets;
  std::uint64_t units_ = 0;  ///< packets or bits since the start
  Nanoseconds start_ = 0;
  Nanoseconds due_ = 0;
};

}  // namespace ixyflow
