#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE(
    "a pool that is starved on receive is counted as no_buffer where that happened, and loses no packet") {
  PortScript a{.send = 100'000};
  PortScript b{.hoard = 100'000, .declares_hoard = false};
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(R"(
[ports.a]
driver = "null"
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "a"
[elements.out]
type = "ToDevice"
port = "b"
[graph]
paths = ["in -> out"]
)",
                      {{"a", &a}, {"b", &b}}, std::move(options));
  for (int i = 0; i < 1000; ++i) run->step(0);
  const RunReport report = run->finish();
  CHECK(run->exit_code() == ExitCode::ok);
  check_conserved(report);
  CHECK(element(report, "in").no_buffer > 900);
  CHECK(element(report, "out").no_buffer == 0);
  CHECK(report.ports[0].no_buffer == element(report, "in").no_buffer);
  CHECK(report.ports[1].no_buffer == 0);
  CHECK(b.seen == numbers(a.sent));
  CHECK(report.ledger.received == a.sent);
}

TEST_CASE("of a maximum the copies of an element show the largest, not the sum") {
  PortScript a{.send = 5000};
  PortScript b;
  const RunReport report = run_stepped(R"(
[cores]
io = {}
work = { count = 2 }
[ports.a]
driver = "null"
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "a"
core = "io"
[elements.queue]
type = "Queue"
capacity = 64
core = "work"
[elements.out]
type = "ToDevice"
port = "b"
core = "io"
[graph]
paths = ["in -> queue -> out"]
)",
                                       {{"a", &a}, {"b", &b}});
  const ElementReport& queue = element(report, "queue");
  REQUIRE(queue.copies.size() == 2);
  const std::uint64_t one = queue.copies[0].counters.at(0).value;
  const std::uint64_t other = queue.copies[1].counters.at(0).value;
  CHECK(one > 0);
  CHECK(other > 0);
  REQUIRE(queue.counters.at(0).name == "highwater");
  CHECK(queue.counters[0].value == std::max(one, other));
  CHECK(queue.counters[0].value <= 64);
}
