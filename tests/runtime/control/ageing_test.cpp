#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/element/packet_element.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// Notes when it was swept.
class SweptTable final : public Resource {
 public:
  static void describe(ResourceSpecOf<SweptTable>& spec) {
    spec.doc("Notes when it was swept.").counter("sweeps", &SweptTable::sweeps_, "how often");
  }
  Result<void> add(std::string_view) override { return {}; }
  Result<void> remove(std::string_view) override { return {}; }
  std::vector<std::string> entries() const override {
    std::vector<std::string> times;
    for (const Nanoseconds time : times_) times.push_back(std::to_string(time / 1'000'000));
    return times;
  }
  void sweep(Nanoseconds now) noexcept override {
    ++sweeps_;
    times_.push_back(now);
  }

 private:
  std::vector<Nanoseconds> times_;
  StripedCounter sweeps_;
};
IXYFLOW_RESOURCE(SweptTable);

/// A packet every so often, and a table that nobody looks at.
std::string ticking(const std::string& rate) {
  return R"(
[ports.in]
driver = "generator"
rate = ")" +
         rate + R"("
[resources.table]
type = "SweptTable"
[elements.source]
type = "FromDevice"
port = "in"
[graph]
paths = ["source -> Discard"]
)";
}

RunOptions simulated() {
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  options.pin = false;
  return options;
}

}  // namespace

TEST_CASE(
    "resources are swept ten times a second at most, by the simulated clock, and at the end of the time") {
  const auto run = make_run(ticking("100pps"), {}, simulated());
  while (run->step(1'005'000'000)) continue;
  const auto times = run->resource_entries("table").value();
  const auto report = run->finish();
  check_conserved(report);
  REQUIRE(times.size() >= 10);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(std::stoi(times[i]) - std::stoi(times[i - 1]) >= 100);
  REQUIRE(report.resources.size() == 1);
  CHECK(report.resources[0].name == "table");
  CHECK(report.resources[0].counters.at(0).name == "sweeps");
  CHECK(report.resources[0].counters.at(0).value == times.size());
}

TEST_CASE("resources are swept at the end of the time, when nothing else happens") {
  const auto run = make_run(ticking("1pps"), {}, simulated());
  while (run->step(500'000'000)) continue;
  CHECK(run->resource_entries("table").value().back() == "500");
  check_conserved(run->finish());
}

TEST_CASE(
    "resources are swept by the control thread while workers run, with the time of the workers' clock") {
  RunOptions options;
  options.pin = false;
  const auto run = make_run(ticking("1pps"), {}, std::move(options));
  REQUIRE(run->start());
  const Clock clock = [] {
    Clock real(Clock::Kind::real);
    real.refresh();
    return real;
  }();
  while (run->resource_entries("table").value().size() < 3) run->wait(Duration{10'000'000});
  run->request_stop("test");
  while (!run->wait(Duration{100'000'000})) continue;
  const auto times = run->resource_entries("table").value();
  // The same epoch; how long a busy machine takes is nobody's affair.
  CHECK(std::stoll(times[0]) >= clock.now() / 1'000'000 - 10'000);
  check_conserved(run->finish());
}
