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
std::vector<Nanoseconds> naps(IdlePolicy& policy, Nanoseconds end) {
  std::vector<Nanoseconds> result;
  for (Nanoseconds now = 0; now < end;) {
    const Nanoseconds nap = policy.nap(now, never);
    if (nap != 0) result.push_back(nap);
    now += nap + kMicrosecond;
  }
  return result;
}

}  // namespace

TEST_CASE("a spinning worker never sleeps") {
  IdlePolicy policy(Idle::spin);
  CHECK(naps(policy, 10'000 * kMicrosecond).empty());
}

TEST_CASE("an adaptive worker looks again at once for a while, then sleeps longer and longer") {
  IdlePolicy policy(Idle::adaptive);
  CHECK(naps(policy, 100 * kMicrosecond).empty());
  policy.reset();
  CHECK(naps(policy, 2000 * kMicrosecond) == std::vector<Nanoseconds>{10'000, 20'000, 40'000, 80'000, 160'000,
                                                                      320'000, 500'000, 500'000, 500'000});
}

TEST_CASE("a packet puts an adaptive worker back to looking at once") {
  IdlePolicy policy(Idle::adaptive);
  CHECK_FALSE(naps(policy, 5000 * kMicrosecond).empty());
  policy.reset();
  CHECK(naps(policy, 100 * kMicrosecond).empty());
  CHECK(policy.nap(101 * kMicrosecond, never) == IdlePolicy::kFirstNap);
}

TEST_CASE("an adaptive worker sleeps no longer than its ports allow, one that was told to sleep does") {
  IdlePolicy adaptive(Idle::adaptive, 17'000);
  CHECK(naps(adaptive, 160 * kMicrosecond) == std::vector<Nanoseconds>{10'000, 17'000, 17'000, 17'000});
  IdlePolicy sleepy(Idle::sleep, 17'000);
  CHECK(naps(sleepy, 100 * kMicrosecond) == std::vector<Nanoseconds>{10'000, 20'000, 40'000, 80'000});
  IdlePolicy impatient(Idle::adaptive, 5'000);
  CHECK(naps(impatient, 110 * kMicrosecond) == std::vector<Nanoseconds>{5'000, 5'000});
}

TEST_CASE("a sleepy worker sleeps at once") {
  IdlePolicy policy(Idle::sleep);
  CHECK(policy.nap(0, never) == IdlePolicy::kFirstNap);
  CHECK(policy.nap(11 * kMicrosecond, never) == 2 * IdlePolicy::kFirstNap);
}

TEST_CASE("J6: nothing that comes while a worker goes to sleep waits for half a millisecond") {
  for (const Idle idle : {Idle::adaptive, Idle::sleep}) {
    IdlePolicy policy(idle);
    for (const Nanoseconds nap : naps(policy, 100'000 * kMicrosecond)) CHECK(nap <= 500 * kMicrosecond);
  }
}

TEST_CASE("a sleep is never longer than the time without packets before it") {
  // A ring without room for a burst in all that time does not run empty in as much again.
  IdlePolicy policy(Idle::adaptive);
  for (Nanoseconds now = 0; now < 5000 * kMicrosecond;) {
    const Nanoseconds nap = policy.nap(now, never);
    CHECK(nap <= now);
    now += nap + kMicrosecond;
  }
}

TEST_CASE("a sleep ends before the next timer or paced packet is due") {
  IdlePolicy policy(Idle::sleep);
  for (Nanoseconds now = 0; now < 1000 * kMicrosecond;) {
    const Nanoseconds due = 1000 * kMicrosecond;
    const Nanoseconds nap = policy.nap(now, [] { return 1000 * kMicrosecond; });
    CHECK(now + nap < due);
    now += nap + kMicrosecond;
  }
}

TEST_CASE("what is due already, and waits for room, keeps nobody awake") {
  IdlePolicy policy(Idle::sleep);
  CHECK(policy.nap(1'000'000, [] { return Nanoseconds{0}; }) == IdlePolicy::kFirstNap);
}
