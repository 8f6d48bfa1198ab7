#include "core/runtime/report/watchdog.hpp"

#include <sched.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/runtime/machine/affinity.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using std::chrono::milliseconds;

namespace {

/// A watchdog over two workers that answer when the test says so, on a clock that the test moves.
struct Kennel {
  Handshake handshake{2};
  std::vector<std::string> events;
  Watchdog dog{{{"io", 1, {}}, {"work", 3, {}}},
               /*bound=*/false,
               handshake,
               [this](EventKind, std::string_view text) { events.emplace_back(text); }};
  Watchdog::Time now{std::chrono::hours(1)};

  void answer(std::size_t worker) {
    if (const auto request = handshake.pending(worker); request != 0) handshake.answer(worker, request);
  }
  /// Looks every 2 ms; the first worker always answers, the second one when `awake`.
  void run(milliseconds time, bool awake) {
    for (const auto end = now + time; now < end; now += milliseconds(2)) {
      dog.look(now);
      answer(0);
      if (awake) answer(1);
    }
  }
};

}  // namespace

TEST_CASE("workers that answer are no news") {
  Kennel kennel;
  kennel.run(milliseconds(10'000), true);
  CHECK(kennel.events.empty());
}

TEST_CASE("I4: a worker that stands still is reported once, and once more when it is back") {
  Kennel kennel;
  kennel.run(milliseconds(100), true);
  kennel.run(milliseconds(10'000), false);
  REQUIRE(kennel.events.size() == 1);
  CHECK(
      kennel.events[0] ==
      "core 'work' has not finished a round for 1.0 s: it is stopped, or kept from CPU 3; the others go on");
  kennel.run(milliseconds(5000), true);
  REQUIRE(kennel.events.size() == 2);
  CHECK(kennel.events[1].starts_with("core 'work' is back after 9."));
}

TEST_CASE("I5: a worker kept from its CPU for 50 ms, or for most of a second, is no news") {
  Kennel kennel;
  for (int i = 0; i < 100; ++i) {
    kennel.run(milliseconds(50), false);
    kennel.run(milliseconds(10), true);
  }
  for (int i = 0; i < 10; ++i) {
    kennel.run(milliseconds(900), false);
    kennel.run(milliseconds(100), true);
  }
  CHECK(kennel.events.empty());
}

TEST_CASE("a process that was stopped as a whole accuses nobody") {
  Kennel kennel;
  kennel.run(milliseconds(501), false);
  kennel.now += milliseconds(20'000);
  kennel.run(milliseconds(100), false);
  kennel.run(milliseconds(1000), true);
  CHECK(kennel.events.empty());
}

TEST_CASE("I2: a thread that was moved is bound to its CPU again, or its operator hears that it cannot be") {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
  int cpu = 0;
  while (!CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) ++cpu;
  std::atomic<bool> done{false};
  std::thread thread([&done] { done.wait(false); });
  Handshake handshake(1);
  std::vector<std::string> events;
  const auto note = [&events](EventKind, std::string_view text) { events.emplace_back(text); };
  const Watchdog::Time start{std::chrono::hours(1)};

  SECTION("it can") {
    REQUIRE(bind_to_cpu(thread.native_handle(), cpu) == 0);
    Watchdog dog({{"io", cpu, thread.native_handle()}}, true, handshake, note);
    dog.look(start);
    CHECK(events.empty());
    if (CPU_COUNT(&allowed) > 1) {
      REQUIRE(pthread_setaffinity_np(thread.native_handle(), sizeof(allowed), &allowed) == 0);
      handshake.answer(0, handshake.pending(0));
      dog.look(start + std::chrono::seconds(1));
      REQUIRE(events.size() == 1);
      CHECK(events[0].find("was moved off CPU") != std::string::npos);
      CHECK(bound_to_cpu(thread.native_handle(), cpu));
    }
  }
  SECTION("it cannot: there is no such CPU") {
    Watchdog dog({{"io", 1000, thread.native_handle()}}, true, handshake, note);
    for (int i = 0; i < 5; ++i) {
      dog.look(start + i * std::chrono::seconds(1));
      handshake.answer(0, handshake.pending(0));
    }
    REQUIRE(events.size() == 1);
    CHECK(events[0].starts_with("core 'io' lost CPU 1000"));
  }
  done = true;
  done.notify_all();
  thread.join();
}

TEST_CASE("I4: while one worker stands still the others go on, drop as ring_full, and the rest is in order") {
  PortScript a{.send = ~0U, .can_wait = false};
  std::atomic<bool> stopped{true};
  PortScript b;
  b.on_transmit = [&stopped] { stopped.wait(true); };
  RunOptions options;
  std::vector<std::string> events;
  options.event = [&events](EventKind, std::string_view text) { events.emplace_back(text); };
  auto run = make_run(two_cores("adaptive"), {{"a", &a}, {"b", &b}}, std::move(options));
  REQUIRE(run->start());
  while (events.empty()) REQUIRE_FALSE(run->wait(Duration{10'000'000}));
  CHECK(events[0].starts_with("core 'second' has not finished a round"));
  const std::uint32_t before = a.sent;
  while (a.sent == before) CHECK_FALSE(run->wait(Duration{10'000'000}));
  stopped = false;
  stopped.notify_all();
  while (events.size() < 2) REQUIRE_FALSE(run->wait(Duration{10'000'000}));
  CHECK(events[1].starts_with("core 'second' is back"));
  run->request_stop("SIGINT");
  REQUIRE(run->wait(Duration{10'000'000'000}));
  const auto report = run->finish();
  check_conserved(report);
  CHECK(report.rings[0].dropped > 0);
  CHECK(std::is_sorted(b.seen.begin(), b.seen.end()));
}
