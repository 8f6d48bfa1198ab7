#include "core/base/clock.hpp"

#include <time.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace ixyflow;

namespace {
Nanoseconds real_time() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<Nanoseconds>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}
}  // namespace

TEST_CASE("the frequency of the time-stamp counter is measured once, whoever asks first") {
  std::vector<double> seen(4);
  std::vector<std::thread> threads;
  for (double& frequency : seen) threads.emplace_back([&frequency] { frequency = tsc_frequency(); });
  for (std::thread& thread : threads) thread.join();
  for (const double frequency : seen) CHECK(frequency == seen[0]);
  CHECK(seen[0] > 1e6);
  CHECK(seen[0] < 1e11);
}

TEST_CASE("a real clock shows the time of day, as of its last refresh") {
  Clock clock(Clock::Kind::real);
  const Nanoseconds start = clock.now();
  CHECK(std::abs(start - real_time()) < 1'000'000'000);
  CHECK(clock.now() == start);
  const timespec pause{0, 30'000'000};
  nanosleep(&pause, nullptr);
  CHECK(clock.now() == start);
  clock.refresh();
  CHECK(clock.now() - start >= 29'000'000);
  clock.advance_to(start + 1'000'000'000'000);
  CHECK(clock.now() < start + 100'000'000'000);
  CHECK_FALSE(clock.simulated());
}

TEST_CASE("a simulated clock starts at 0, moves when told and never back") {
  Clock clock(Clock::Kind::simulated);
  CHECK(clock.simulated());
  CHECK(clock.now() == 0);
  clock.refresh();
  CHECK(clock.now() == 0);
  clock.advance_to(3'600'000'000'000);
  CHECK(clock.now() == 3'600'000'000'000);
  clock.advance_to(1);
  CHECK(clock.now() == 3'600'000'000'000);
}
