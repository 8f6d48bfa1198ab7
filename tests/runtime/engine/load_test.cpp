#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

TEST_CASE("a ring that a waiting source found full is reported with how full it was") {
  PortScript a{.send = 5000};
  PortScript b{.transmit_room = 0};
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(two_cores("spin"), {{"a", &a}, {"b", &b}}, std::move(options));
  for (int i = 0; i < 100; ++i) run->step(0);
  const RingReport before = run->snapshot().rings.at(0);
  CHECK(before.full_events == 1);
  CHECK(before.held == before.length);
  CHECK(before.peak == 0);
  b.transmit_room = ~0U;
  while (run->step(0)) continue;
  const auto report = run->finish();
  check_conserved(report);
  const RingReport& ring = report.rings.at(0);
  CHECK(ring.peak == ring.length);
  CHECK(ring.average > 0);
  CHECK(ring.average < static_cast<double>(ring.peak));
  CHECK(ring.dropped == 0);
}

TEST_CASE("pushes that did not fit whole are full events of a ring that drops") {
  PortScript a{.send = 5000, .can_wait = false};
  PortScript b{.transmit_room = 0};
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(two_cores("spin"), {{"a", &a}, {"b", &b}}, std::move(options));
  while (run->step(0))
    if (a.sent == a.send) b.transmit_room = ~0U;
  const auto report = run->finish();
  check_conserved(report);
  CHECK(report.rings.at(0).full_events == (5000 - report.rings.at(0).length + 63) / 64);
}

TEST_CASE("rings that are never full have no full events") {
  PortScript a{.send = 80 * 64};
  PortScript b;
  const auto report = run_stepped(two_cores("spin"), {{"a", &a}, {"b", &b}});
  CHECK(report.rings.at(0).full_events == 0);
  CHECK(report.rings.at(0).average == 64);
  CHECK(report.rings.at(0).peak == 64);
}

TEST_CASE("the busy share of a core is the time that it worked") {
  PortScript a{.send = 60'000};
  PortScript b;
  b.on_transmit = [] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(500);
    while (std::chrono::steady_clock::now() < end) continue;
  };
  const auto report = run_threaded(two_cores("spin"), {{"a", &a}, {"b", &b}});
  REQUIRE(report.workers.size() == 2);
  // At least 938 batches of 64 took 500 us each, however long the machine kept the workers from their CPUs.
  const double busy = report.workers[1].busy;
  CHECK((busy == 1 || busy * report.seconds > 0.4));
  CHECK(report.workers[0].busy > 0);
  CHECK(report.workers[0].busy <= 1);
  CHECK(report.workers[1].packets_per_round > 0);
  CHECK(report.workers[1].packets_per_round <= 64);
}

TEST_CASE("a stepped run has no busy share, and no bottleneck") {
  PortScript a{.send = 5000};
  PortScript b;
  const auto report = run_stepped(two_cores("spin"), {{"a", &a}, {"b", &b}});
  CHECK(report.workers[0].busy == 0);
  CHECK(report.bottleneck.empty());
}

TEST_CASE("a port that takes nothing is what is waited for") {
  PortScript a{.send = 5000};
  PortScript b{.transmit_room = 0};
  auto run = make_run(two_cores("spin"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  CHECK_FALSE(run->wait(Duration{100'000'000}));
  const auto report = run->snapshot();
  if (!report.workers[1].stale) CHECK(report.ports[1].waited_for > 0.5);
  b.transmit_room = ~0U;
  REQUIRE(run->wait(Duration{10'000'000'000}));
  check_conserved(run->finish());
}

TEST_CASE("a run without traffic costs little, unless it spins") {
  for (const char* idle : {"adaptive", "sleep"}) {
    PortScript a{.send = 1, .can_wait = false};
    PortScript b{.transmit_room = 0};
    // The one packet waits in the ring for as long as the test wants.
    auto run = make_run(two_cores(idle), {{"a", &a}, {"b", &b}});
    REQUIRE(run->start());
    const double before = cpu_seconds();
    CHECK_FALSE(run->wait(Duration{300'000'000}));
    CHECK(cpu_seconds() - before < 0.15);
    b.transmit_room = ~0U;
    REQUIRE(run->wait(Duration{10'000'000'000}));
    check_conserved(run->finish());
  }
}

TEST_CASE("J6: packets that come while the consumer sleeps are seen within a millisecond") {
  // Alone, every packet would be. A machine that is busy with something else must leave it one in four.
  using Clock = std::chrono::steady_clock;
  constexpr std::uint32_t kPackets = 100;
  for (const char* idle : {"adaptive", "sleep"}) {
    PortScript a{.send = kPackets, .can_wait = false};
    PortScript b;
    std::vector<Clock::time_point> in(kPackets + 1);
    std::vector<Clock::time_point> out(kPackets + 1);
    std::atomic<Clock::time_point> last = Clock::now();
    // Every 3 ms one packet: long enough for the consumer to fall into its longest sleep.
    a.burst = 0;
    a.on_receive = [&] {
      const auto now = Clock::now();
      a.burst = now - last.load() >= std::chrono::milliseconds(3) ? 1 : 0;
      if (a.burst == 0 || a.sent == kPackets) return;
      in[a.sent] = now;
      last = now;
    };
    b.on_transmit = [&] { out[b.transmitted] = Clock::now(); };
    auto run = make_run(two_cores(idle), {{"a", &a}, {"b", &b}});
    REQUIRE(run->start());
    REQUIRE(run->wait(Duration{60'000'000'000}));
    check_conserved(run->finish());
    REQUIRE(b.seen == numbers(kPackets));
    std::uint32_t soon = 0;
    for (std::uint32_t i = 0; i < kPackets; ++i) soon += out[i] - in[i] <= std::chrono::milliseconds(1);
    CHECK(soon >= kPackets / 4);
  }
}

TEST_CASE("J4: a source that stands still in the middle keeps nobody from what it sent before") {
  PortScript a{.send = 10'000};
  PortScript b;
  std::atomic<bool> frozen{true};
  a.on_receive = [&] {
    if (a.sent >= 5000) frozen.wait(true);
  };
  auto run = make_run(two_cores("adaptive"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  while (a.sent < 5000 || b.transmitted < a.sent) REQUIRE_FALSE(run->wait(Duration{1'000'000}));
  CHECK(b.transmitted < 10'000);
  frozen = false;
  frozen.notify_all();
  REQUIRE(run->wait(Duration{10'000'000'000}));
  check_conserved(run->finish());
  CHECK(b.seen == numbers(10'000));
}

TEST_CASE("a chain of waiting rings does not stand still, however short they are") {
  PortScript a{.send = 20'000};
  PortScript b;
  b.on_transmit = [] { std::this_thread::yield(); };
  const std::string toml = in_and_out("one", "four") + R"(
[cores]
one = {}
two = {}
three = {}
four = {}
[rings]
"in -> first" = { length = 64 }
"first -> second" = { length = 64 }
"second -> out" = { length = 64 }
[elements.first]
type = "Counter"
core = "two"
[elements.second]
type = "Counter"
core = "three"
[graph]
paths = ["in -> first -> second -> out"]
)";
  SECTION("stepped") {
    run_stepped(toml, {{"a", &a}, {"b", &b}});
  }
  SECTION("threaded") {
    run_threaded(toml, {{"a", &a}, {"b", &b}});
  }
  CHECK(b.seen == numbers(20'000));
}
