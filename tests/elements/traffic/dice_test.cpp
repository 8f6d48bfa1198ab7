#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>

#include "tests/support/runs.hpp"

namespace ixyflow::test {

namespace {

constexpr auto kPipeline = R"(
[ports.in]
driver = "null"
[ports.a]
driver = "null"
[ports.b]
driver = "null"
[elements.source]
type = "FromDevice"
port = "in"
[elements.x]
type = "RandomDrop"
probability = 0.5
[elements.y]
type = "RandomDrop"
probability = 0.5
[elements.tee]
type = "Tee"
[elements.to_a]
type = "ToDevice"
port = "a"
[elements.to_b]
type = "ToDevice"
port = "b"
[graph]
paths = ["source -> tee -> x -> to_a", "tee[1] -> y -> to_b"]
)";

}  // namespace

TEST_CASE("two RandomDrops behind a Tee decide independently") {
  constexpr std::uint32_t kPackets = 4096;
  PortScript in{.send = kPackets};
  PortScript a;
  PortScript b;
  const RunReport report = run_stepped(kPipeline, {{"in", &in}, {"a", &a}, {"b", &b}});
  check_conserved(report);
  std::vector<std::uint32_t> both;
  std::ranges::set_intersection(a.seen, b.seen, std::back_inserter(both));
  // 5 standard deviations around a half and, what equal dice would miss by far, around a quarter.
  CHECK(std::abs(static_cast<int>(a.seen.size()) - 2048) < 160);
  CHECK(std::abs(static_cast<int>(b.seen.size()) - 2048) < 160);
  CHECK(std::abs(static_cast<int>(both.size()) - 1024) < 140);
}

}  // namespace ixyflow::test
