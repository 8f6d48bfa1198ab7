#include "core/base/pacer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace ixyflow;

namespace {

/// How many packets of `bytes` bytes leave until `end`, when the clock moves in steps of `step`.
std::uint64_t packets_until(Pacer& pacer, Nanoseconds end, Nanoseconds step, std::uint32_t bytes) {
  std::uint64_t count = 0;
  for (Nanoseconds time = 0; time < end + step; time += step) {
    const Nanoseconds now = std::min(time, end - 1);
    pacer.limit_lag(now);
    for (; pacer.due() <= now; ++count) pacer.sent(bytes);
  }
  return count;
}

}  // namespace

TEST_CASE("exactly rate times time packets leave, however the clock moves") {
  const auto [per_second, seconds] =
      GENERATE(table<double, int>({{1, 100}, {3, 100}, {7, 10}, {10'000, 10}, {1.5e6, 1}}));
  const Nanoseconds step = GENERATE(1'000, 777, 99'999);
  Pacer pacer(Rate{per_second, Rate::Unit::packets});
  pacer.start(0);
  const Nanoseconds end = Nanoseconds{seconds} * 1'000'000'000;
  const std::uint64_t count = packets_until(pacer, end, step * (seconds > 10 ? 1000 : 1), 60);
  CHECK(count == static_cast<std::uint64_t>(per_second * seconds));
}

TEST_CASE("packet i is due i / rate after the first one, without drift") {
  Pacer pacer(Rate{3, Rate::Unit::packets});
  pacer.start(1000);
  for (int i = 0; i < 3'000'000; ++i) pacer.sent(60);
  CHECK(pacer.due() == 1000 + Nanoseconds{1'000'000} * 1'000'000'000);
}

TEST_CASE("a rate in bits counts the bytes of the frames") {
  Pacer pacer(Rate{8e6, Rate::Unit::bits});  // a byte per microsecond
  pacer.start(0);
  pacer.sent(60);
  CHECK(pacer.due() == 60'000);
  pacer.sent(1500);
  CHECK(pacer.due() == 1'560'000);
}

TEST_CASE("who stood still for a minute catches up a tenth of a second, not a minute") {
  Pacer pacer(Rate{1000, Rate::Unit::packets});
  pacer.start(0);
  pacer.sent(60);
  const Nanoseconds later = 60'000'000'000;
  CHECK(pacer.limit_lag(later));
  int burst = 0;
  for (; pacer.due() <= later; ++burst) pacer.sent(60);
  CHECK(burst == 1);
  CHECK_FALSE(pacer.limit_lag(later + Pacer::kMaxLag));
}

TEST_CASE("packets that are due from somebody else move the schedule as if they had been sent") {
  Pacer alone(Rate{.per_second = 1000, .unit = Rate::Unit::packets});
  Pacer shared = alone;
  alone.start(0);
  shared.start(0);
  for (int i = 0; i < 3; ++i) alone.sent(64);
  shared.sent(64, 3);
  CHECK(shared.due() == alone.due());
  CHECK(shared.due() == 3'000'000);
}
