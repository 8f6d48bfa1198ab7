#include "core/base/clock.hpp"

#include <time.h>

#include <cmath>
#include <limits>

namespace ixyflow {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

/// The same instant on two clocks.
struct Instant {
  std::uint64_t ticks = 0;
  Nanoseconds ns = 0;
};

Nanoseconds read(clockid_t id) noexcept {
  timespec time{};
  clock_gettime(id, &time);
  return static_cast<Nanoseconds>(time.tv_sec) * kSecond + time.tv_nsec;
}

/// Reads clock `id` between two readings of the TSC, several times; the closest pair has the least of an
/// interrupt in it.
Instant read_both(clockid_t id) noexcept {
  Instant best;
  std::uint64_t closest = std::numeric_limits<std::uint64_t>::max();
  for (int attempt = 0; attempt < 16; ++attempt) {
    const std::uint64_t before = tsc();
    const Nanoseconds ns = read(id);
    const std::uint64_t spent = tsc() - before;
    if (spent < closest) {
      closest = spent;
      best = {before + spent / 2, ns};
    }
  }
  return best;
}

/// Errors of both readings are some 20 ns, so 20 ms give about one part in a million. The raw clock is the
/// one that no time daemon bends meanwhile.
double measure_frequency() noexcept {
  const Instant start = read_both(CLOCK_MONOTONIC_RAW);
  const timespec pause{0, 20'000'000};
  nanosleep(&pause, nullptr);  // a signal may shorten it
  Instant end = read_both(CLOCK_MONOTONIC_RAW);
  while (end.ns - start.ns < kSecond / 1000) end = read_both(CLOCK_MONOTONIC_RAW);
  return static_cast<double>(end.ticks - start.ticks) * kSecond / static_cast<double>(end.ns - start.ns);
}

}  // namespace

double tsc_frequency() {
  static const double frequency = measure_frequency();
  return frequency;
}

Clock::Clock(Kind kind) : kind_(kind) {
  if (kind == Kind::simulated) return;
  multiplier_ = static_cast<std::uint64_t>(std::llround(std::ldexp(kSecond / tsc_frequency(), 32)));
  const Instant now = read_both(CLOCK_REALTIME);
  epoch_ticks_ = ticks_ = now.ticks;
  epoch_ns_ = now.ns;
  refresh();
}

}  // namespace ixyflow
