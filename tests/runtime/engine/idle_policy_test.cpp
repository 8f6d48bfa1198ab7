#include "core/runtime/engine/idle_policy.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "core/element/timer.hpp"

using namespace ixyflow;

namespace {

constexpr Nanoseconds kMicrosecond = 1000;

Nanoseconds never() {
  return Timer::kNever;
}

/// The naps of a worker without packets from time 0 on whose rounds take 1 us each, up to `end`.
std::vector<Nanoseconds> naps(Rest& rest, Nanoseconds end) {
  std::vector<Nanoseconds> result;
  for (Nanoseconds now = 0; now < end;) {
    const Nanoseconds nap = rest.nap(now, never);
    if (nap != 0) result.push_back(nap);
    now += nap + kMicrosecond;
  }
  return result;
}

}  // namespace

TEST_CASE("a spinning worker never sleeps") {
  Rest rest(Idle::spin);
  CHECK(naps(rest, 10'000 * kMicrosecond).empty());
}

TEST_CASE("an adaptive worker looks again at once for a while, then sleeps longer and longer") {
  Rest rest(Idle::adaptive);
  CHECK(naps(rest, 100 * kMicrosecond).empty());
  rest.reset();
  CHECK(naps(rest, 2000 * kMicrosecond) == std::vector<Nanoseconds>{10'000, 20'000, 40'000, 80'000, 160'000,
                                                                    320'000, 500'000, 500'000, 500'000});
}

TEST_CASE("a packet puts an adaptive worker back to looking at once") {
  Rest rest(Idle::adaptive);
  CHECK_FALSE(naps(rest, 5000 * kMicrosecond).empty());
  rest.reset();
  CHECK(naps(rest, 100 * kMicrosecond).empty());
  CHECK(rest.nap(101 * kMicrosecond, never) == Rest::kFirstNap);
}

TEST_CASE("an adaptive worker sleeps no longer than its ports allow, one that was told to sleep does") {
  Rest adaptive(Idle::adaptive, 17'000);
  CHECK(naps(adaptive, 160 * kMicrosecond) == std::vector<Nanoseconds>{10'000, 17'000, 17'000, 17'000});
  Rest sleepy(Idle::sleep, 17'000);
  CHECK(naps(sleepy, 100 * kMicrosecond) == std::vector<Nanoseconds>{10'000, 20'000, 40'000, 80'000});
  Rest impatient(Idle::adaptive, 5'000);
  CHECK(naps(impatient, 110 * kMicrosecond) == std::vector<Nanoseconds>{5'000, 5'000});
}

TEST_CASE("a sleepy worker sleeps at once") {
  Rest rest(Idle::sleep);
  CHECK(rest.nap(0, never) == Rest::kFirstNap);
  CHECK(rest.nap(11 * kMicrosecond, never) == 2 * Rest::kFirstNap);
}

TEST_CASE("J6: nothing that comes while a worker goes to sleep waits for half a millisecond") {
  for (const Idle idle : {Idle::adaptive, Idle::sleep}) {
    Rest rest(idle);
    for (const Nanoseconds nap : naps(rest, 100'000 * kMicrosecond)) CHECK(nap <= 500 * kMicrosecond);
  }
}

TEST_CASE("a sleep is never longer than the time without packets before it") {
  // A ring without room for a burst in all that time does not run empty in as much again.
  Rest rest(Idle::adaptive);
  for (Nanoseconds now = 0; now < 5000 * kMicrosecond;) {
    const Nanoseconds nap = rest.nap(now, never);
    CHECK(nap <= now);
    now += nap + kMicrosecond;
  }
}

TEST_CASE("a sleep ends before the next timer or paced packet is due") {
  Rest rest(Idle::sleep);
  for (Nanoseconds now = 0; now < 1000 * kMicrosecond;) {
    const Nanoseconds due = 1000 * kMicrosecond;
    const Nanoseconds nap = rest.nap(now, [] { return 1000 * kMicrosecond; });
    CHECK(now + nap < due);
    now += nap + kMicrosecond;
  }
}

TEST_CASE("what is due already, and waits for room, keeps nobody awake") {
  Rest rest(Idle::sleep);
  CHECK(rest.nap(1'000'000, [] { return Nanoseconds{0}; }) == Rest::kFirstNap);
}
