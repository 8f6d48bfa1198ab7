#include <catch2/catch.hpp>

#include "tests/support/runs.hpp"

// A run without threads ends when somebody asks for it, whatever its sources do.
namespace ixyflow::test {
namespace {

constexpr Nanoseconds kHour = 3'600'000'000'000;

RunOptions simulated() {
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  return options;
}

/// Steps until the end, or too long; whether it was the end.
bool ends(Run& run, Nanoseconds until) {
  for (int i = 0; i < 500'000; ++i)
    if (!run.step(until)) return true;
  return false;
}

// Everything that the generator makes stays with port b.
const char* const kStarved = R"(
[ports.gen]
driver = "generator"
rate = "1Mpps"
[elements.in]
type = "FromDevice"
port = "gen"
[elements.out]
type = "ToDevice"
port = "b"
[ports.b]
driver = "null"
[graph]
paths = ["in -> out"]
)";

TEST_CASE("a stepped run stops when it is asked to, though its source is always due") {
  const auto run = make_run(R"(
[ports.endless]
driver = "null"
[elements.in]
type = "FromDevice"
port = "endless"
[graph]
paths = ["in -> Discard"]
)",
                            {}, simulated());
  for (int i = 0; i < 100; ++i) REQUIRE(run->step(kHour));
  run->request_stop("test");
  CHECK(ends(*run, kHour));
  const RunReport report = run->finish();
  CHECK(report.stopped_by == "test");
  check_conserved(report);
}

TEST_CASE("a stepped run stops when it is asked to, though its source is due and gets no buffers") {
  PortScript b;
  b.hoard = 1'000'000;
  b.declares_hoard = false;
  const auto run = make_run(kStarved, {{"b", &b}}, simulated());
  for (int i = 0; i < 20'000 && run->snapshot().elements.at(0).no_buffer == 0; ++i) REQUIRE(run->step(kHour));
  REQUIRE(run->snapshot().elements.at(0).no_buffer > 0);
  run->request_stop("test");
  CHECK(ends(*run, kHour));
  CHECK(run->finish().stopped_by == "test");
}

TEST_CASE("a source that gets no buffers does not keep a stepped run from the end of its time") {
  PortScript b;
  b.hoard = 1'000'000;
  b.declares_hoard = false;
  const auto run = make_run(kStarved, {{"b", &b}}, simulated());
  CHECK(ends(*run, kHour));
  CHECK(run->finish().stopped_by == "time");
}

}  // namespace
}  // namespace ixyflow::test
