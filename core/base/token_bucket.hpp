#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/base/units.hpp"

namespace ixyflow {

/// Whether something may pass now, at a rate on average and in bursts of bounded size: a token bucket, full
/// at the beginning. Tokens are what the user counts: packets, lines, bits, according to `rate`. The
/// arithmetic is of integers, in parts of 10^-15 of a token: a rate with up to six decimals is kept exactly,
/// for any time.
///
/// A Pacer, in contrast, says when the next packet is due before its size is known, and lets it pay
/// afterwards.
///
/// One thread. No system call, no allocation.
class TokenBucket {
 public:
  static constexpr Nanoseconds kNever = std::numeric_limits<Nanoseconds>::max();

  /// Nothing passes.
  TokenBucket() = default;
  /// `rate` tokens a second (0 or more; what is above 1.8e13 is 1.8e13), never more than `burst` at once.
  TokenBucket(Rate rate, std::uint64_t burst) noexcept
      : per_ns_(static_cast<std::uint64_t>(std::min(rate.per_second, 1.8e13) * 1e6 + 0.5)),
        full_(parts(burst)),
        there_(full_) {}

  /// Takes `amount` tokens; false, and nothing taken, when they are not there. `now` never goes back.
  [[nodiscard]] bool take(std::uint64_t amount, Nanoseconds now) noexcept {
    refill(now);
    if (there_ < parts(amount)) return false;
    there_ -= parts(amount);
    return true;
  }

  /// The first time at which `take(amount)` succeeds if nothing is taken before: of the last `take` or later;
  /// kNever when that is more than the burst, or there is no rate.
  [[nodiscard]] Nanoseconds ready_at(std::uint64_t amount) const noexcept {
    const Parts wanted = parts(amount);
    if (wanted <= there_) return as_of_;
    if (wanted > full_ || per_ns_ == 0) return kNever;
    const Parts wait = (wanted - there_ + per_ns_ - 1) / per_ns_;
    return wait < static_cast<Parts>(kNever - as_of_) ? as_of_ + static_cast<Nanoseconds>(wait) : kNever;
  }

 private:
  /// 2^64 tokens, and what 2^63 ns bring at the largest rate, fit in.
  __extension__ using Parts = unsigned __int128;
  static constexpr Parts parts(std::uint64_t tokens) noexcept {
    return Parts{tokens} * 1'000'000'000'000'000U;
  }

  void refill(Nanoseconds now) noexcept {
    if (now <= as_of_) return;
    there_ = std::min(full_, there_ + Parts{static_cast<std::uint64_t>(now - as_of_)} * per_ns_);
    as_of_ = now;
  }

  std::uint64_t per_ns_ = 0;  ///< parts in a nanosecond
  Parts full_ = 0;
  Parts there_ = 0;
  Nanoseconds as_of_ = 0;  ///< of `there_`
};

}  // namespace ixyflow
