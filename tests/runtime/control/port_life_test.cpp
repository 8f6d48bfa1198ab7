// What the runtime asks of a port, in which order, and on which thread.

#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// The steps of a port as they come.
struct Life {
  struct Step {
    std::string name;
    std::thread::id thread;
  };
  std::mutex mutex;
  std::vector<Step> steps;

  void watch(PortScript& script) {
    script.on_step = [this](std::string_view name) { note(name); };
  }
  void note(std::string_view name) {
    const std::lock_guard lock(mutex);
    steps.push_back({std::string(name), std::this_thread::get_id()});
  }
  /// The names, each once where it repeats.
  [[nodiscard]] std::vector<std::string> names() {
    std::vector<std::string> result;
    for (const Step& step : steps)
      if (result.empty() || result.back() != step.name) result.push_back(step.name);
    return result;
  }
};

}  // namespace

TEST_CASE("a port is opened, attached, started, looked after, stopped, detached and closed, in this order") {
  PortScript a{.send = 1000};
  PortScript b;
  Life life;
  a.ready = false;
  a.on_step = [&](std::string_view name) {
    life.note(name);
    if (name == "supervise") a.ready = true;
  };
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  while (!run->wait(Duration{1'000'000})) continue;
  check_conserved(run->finish());
  CHECK(life.names() == std::vector<std::string>{"open", "use_memory", "attach", "start", "supervise", "stop",
                                                 "detach", "close"});
}

TEST_CASE("queues are attached and detached by their worker, all else is the control thread's") {
  PortScript a{.send = 1000};
  PortScript b;
  Life life;
  life.watch(b);
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  while (!run->wait(Duration{1'000'000})) continue;
  check_conserved(run->finish());
  for (const Life::Step& step : life.steps) {
    INFO(step.name);
    const bool workers = step.name == "attach" || step.name == "detach";
    CHECK((step.thread == std::this_thread::get_id()) == !workers);
  }
}

TEST_CASE("no packet is fetched before all ports are ready") {
  PortScript a{.send = 100};
  PortScript b;
  std::atomic<int> looks{0};
  b.ready = false;
  b.on_step = [&](std::string_view name) {
    if (name == "supervise" && ++looks == 5) b.ready = true;
  };
  std::atomic<int> looks_at_first_packet{-1};
  a.on_receive = [&] {
    int none = -1;
    looks_at_first_packet.compare_exchange_strong(none, looks.load());
  };
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  while (!run->wait(Duration{1'000'000})) continue;
  check_conserved(run->finish());
  CHECK(looks_at_first_packet >= 5);
  CHECK(b.transmitted == 100);
}

TEST_CASE("while links come up a run can be asked and changed, as if its workers answered") {
  PortScript a{.send = 100};
  PortScript b;
  std::atomic<bool> ready{false};
  b.ready = false;
  b.on_step = [&](std::string_view name) {
    if (name == "supervise" && ready) b.ready = true;
  };
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  REQUIRE_FALSE(run->begin(Duration{1'000'000}));
  const RunReport report = run->snapshot();
  CHECK(report.ledger.received == 0);
  for (const WorkerReport& worker : report.workers) {
    CHECK_FALSE(worker.stale);
    CHECK(worker.buffers_free == worker.buffers);
  }
  CHECK_FALSE(run->parameters("").value().empty());
  ready = true;
  while (!run->begin(Duration{1'000'000})) continue;
  while (!run->wait(Duration{1'000'000})) continue;
  check_conserved(run->finish());
  CHECK(b.transmitted == 100);
}

TEST_CASE("a stop that is asked for while links come up ends the run") {
  PortScript a{.send = ~0U};
  PortScript b;
  b.ready = false;
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  REQUIRE_FALSE(run->begin(Duration{1'000'000}));
  run->request_stop("test");
  while (!run->wait(Duration{1'000'000})) continue;
  const RunReport report = run->finish();
  check_conserved(report);
  CHECK(report.stopped_by == "test");
}

TEST_CASE("a transmit queue that is shorter than a burst gets as much as it takes, and nothing is lost") {
  PortScript a{.send = 1000};
  PortScript b{.largest_room = 7};
  const RunReport report = run_threaded(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  CHECK(b.seen == numbers(1000));
  CHECK(report.ledger.dropped == 0);
}

TEST_CASE("what a port tells comes with its name") {
  PortScript a{.send = 1000};
  PortScript b;
  a.event = "the link is up";
  a.ready = false;
  a.on_step = [&](std::string_view name) {
    if (name == "supervise") a.ready = true;
  };
  std::vector<std::string> events;
  RunOptions options;
  options.event = [&events](EventKind kind, std::string_view text) {
    events.push_back((kind == EventKind::note ? "note: " : "warning: ") + std::string(text));
  };
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}}, std::move(options));
  REQUIRE(run->start());
  while (!run->wait(Duration{1'000'000})) continue;
  check_conserved(run->finish());
  CHECK(events == std::vector<std::string>{"note: port 'a': the link is up"});
}

TEST_CASE("a port that does not start ends the run, and is stopped, detached and closed all the same") {
  PortScript a{.send = 100};
  PortScript b{};
  b.refuses_start = true;
  Life life;
  life.watch(b);
  auto run = make_run(two_cores("sleep"), {{"a", &a}, {"b", &b}});
  const auto started = run->start();
  REQUIRE_FALSE(started);
  CHECK(started.error().text == "port 'b': does not want to");
  CHECK(started.error().code == ExitCode::unavailable);
  check_conserved(run->finish());
  CHECK(a.sent == 0);
  CHECK(life.names() ==
        std::vector<std::string>{"open", "use_memory", "attach", "start", "stop", "detach", "close"});
}
