#pragma once

#include <cstdint>

#include "core/base/api.hpp"
#include "core/base/units.hpp"

namespace ixyflow {

/// The time-stamp counter: constant rate, synchronous over cores on the machines that we support. About 25
/// cycles.
[[nodiscard]] inline std::uint64_t tsc() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "no time-stamp counter known for this processor"
#endif
}

/// Ticks of the TSC per second, measured once per process against the monotonic clock (takes some 10 ms the
/// first time). Any thread.
IXYFLOW_API double tsc_frequency();

/// The one clock of a worker and of all that runs on it: nanoseconds since the epoch, as real time or as
/// virtual time that only the owner moves. It is read once per round (`refresh`), so that all of a round sees
/// one time.
class IXYFLOW_API Clock {
 public:
  enum class Kind : std::uint8_t { real, simulated };

  /// A simulated clock starts at 0.
  explicit Clock(Kind kind);

  /// Nanoseconds as of the last refresh. Worker's thread only.
  [[nodiscard]] Nanoseconds now() const noexcept {
    return kind_ == Kind::real
               ? epoch_ns_ +
                     static_cast<Nanoseconds>((static_cast<Wide>(ticks_ - epoch_ticks_) * multiplier_) >> 32)
               : simulated_;
  }
  /// Reads the time anew. Once per round.
  void refresh() noexcept {
    if (kind_ == Kind::real) ticks_ = tsc();
  }
  /// Moves a simulated clock to `time`, never back; without effect on a real one.
  void advance_to(Nanoseconds time) noexcept {
    if (time > simulated_) simulated_ = time;
  }
  [[nodiscard]] bool simulated() const noexcept { return kind_ == Kind::simulated; }

 private:
  __extension__ using Wide = unsigned __int128;

  Kind kind_;
  std::uint64_t ticks_ = 0;
  std::uint64_t epoch_ticks_ = 0;
  std::uint64_t multiplier_ = 0;  ///< nanoseconds per tick, as a fixed-point number with 32 fraction bits
  Nanoseconds epoch_ns_ = 0;
  Nanoseconds simulated_ = 0;
};

}  // namespace ixyflow
