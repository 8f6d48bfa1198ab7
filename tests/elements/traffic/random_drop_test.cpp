#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// Which of `count` packets are dropped, in batches of `batch`.
std::string fate(const char* parameters, std::uint64_t seed, std::size_t count, std::size_t batch = 50) {
  ElementHarness loss("RandomDrop", parameters, {.seed = seed});
  std::string spared(count, '-');
  for (std::size_t at = 0; at < count; at += batch) {
    std::vector<Input> packets(std::min(batch, count - at), udp_frame());
    for (std::size_t i = 0; i < packets.size(); ++i) packets[i].timestamp = static_cast<Nanoseconds>(at + i);
    for (const Sent& sent : loss.send_batch(packets))
      if (sent.exit == "out") spared[static_cast<std::size_t>(sent.timestamp)] = '+';
  }
  return spared;
}

}  // namespace

TEST_CASE("RandomDrop drops as many as its probability says, within what chance allows") {
  const auto dropped = [](const char* parameters) {
    return std::ranges::count(fate(parameters, 1, 10'000), '-');
  };
  CHECK(dropped("probability = 0") == 0);
  CHECK(dropped("probability = 1.0") == 10'000);
  // 4 standard deviations
  CHECK(std::abs(dropped("probability = 0.5") - 5000) < 200);
  CHECK(std::abs(dropped("probability = 0.01") - 100) < 40);
}

TEST_CASE(
    "RandomDrop does the same with the same seed, whatever the batches, and something else with another") {
  const std::string once = fate("probability = 0.3", 7, 500);
  CHECK(fate("probability = 0.3", 7, 500) == once);
  CHECK(fate("probability = 0.3", 7, 500, 1) == once);
  CHECK(fate("probability = 0.3", 8, 500) != once);
}

TEST_CASE("RandomDrop takes another probability while it works") {
  ElementHarness loss("RandomDrop", "probability = 0");
  CHECK(loss.send(udp_frame()).exit == "out");
  const ParameterSpec& probability = loss.spec().parameters.front();
  REQUIRE(probability.live);
  Diagnostics diagnostics;
  REQUIRE(probability.set(&loss.element(), Value(Value::Data(1.0)), probability, diagnostics));
  loss.element().update();
  const Sent sent = loss.send(udp_frame());
  CHECK(sent.exit == "unlucky");
  CHECK(sent.kind == ExitKind::intended);
}

TEST_CASE("A5: a probability is a number from 0 to 1") {
  for (const char* wrong : {"-0.1", "1.1", "2", "-1", "nan", "inf", "\"0.5\"", "true", "[]"}) {
    CAPTURE(wrong);
    CHECK_THAT(refusal("RandomDrop", std::string("probability = ") + wrong),
               Catch::Contains("'probability' takes a probability from 0 to 1"));
  }
  for (const char* right : {"0", "1", "0.0", "1.0", "0.25", "1e-9"})
    CHECK(refusal("RandomDrop", std::string("probability = ") + right).empty());
}
