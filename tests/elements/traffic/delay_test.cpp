#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

/// Changes the live parameter `time`, as a worker does.
void set_time(ElementHarness& delay, const char* text) {
  const ParameterSpec& time = delay.spec().parameters.front();
  REQUIRE(time.live);
  Diagnostics diagnostics;
  REQUIRE(time.set(&delay.element(), Value(Value::Data(std::string(text))), time, diagnostics));
  delay.element().update();
}

/// Packets of these lengths, by which they can be told apart.
std::vector<Bytes> sized(std::initializer_list<std::size_t> lengths) {
  std::vector<Bytes> frames;
  for (const std::size_t length : lengths) frames.emplace_back(length);
  return frames;
}

std::vector<std::size_t> sizes_of(const std::vector<Sent>& sent) {
  std::vector<std::size_t> sizes;
  for (const Sent& packet : sent) sizes.push_back(packet.bytes.size());
  return sizes;
}

}  // namespace

TEST_CASE("Delay gives each packet out when its time is over, not a nanosecond before") {
  ElementHarness delay("Delay", "time = \"5ms\"");
  CHECK(delay.element().next_due() == Timer::kNever);
  CHECK(delay.send_batch(sized({60, 61})).empty());
  delay.advance_to(3 * kMillisecond);
  CHECK(delay.send_batch(sized({62})).empty());
  CHECK(delay.element().held() == 3);
  CHECK(delay.element().next_due() == 5 * kMillisecond);

  delay.advance_to(5 * kMillisecond - 1);
  CHECK(delay.poll().empty());
  delay.advance_to(5 * kMillisecond);
  CHECK(sizes_of(delay.poll()) == std::vector<std::size_t>{60, 61});
  CHECK(delay.element().next_due() == 8 * kMillisecond);
  delay.advance_to(20 * kMillisecond);
  CHECK(sizes_of(delay.poll()) == std::vector<std::size_t>{62});
  CHECK(delay.element().exhausted());
}

TEST_CASE("Delay without a time gives packets out in the same round") {
  ElementHarness delay("Delay", "time = \"0s\"");
  CHECK(delay.send_batch(sized({60})).empty());
  CHECK(delay.poll().size() == 1);
}

TEST_CASE("Delay gives out what is due a burst at a time, and only what the next ring takes") {
  ElementHarness delay("Delay", "time = \"1ms\"", {.burst = 4});
  delay.send_batch(std::vector<Bytes>(10, Bytes(60)));
  delay.advance_to(kMillisecond);
  CHECK(delay.poll().size() == 4);
  delay.set_room(1);
  CHECK(delay.poll().size() == 1);
  delay.set_room(0);
  CHECK(delay.poll().empty());
  delay.set_room(100);
  CHECK(delay.poll().size() == 4);
  CHECK(delay.poll().size() == 1);
}

TEST_CASE("J1: Delay says how much room it has, and drops what finds it full") {
  ElementHarness delay("Delay", "time = \"1ms\"\ncapacity = 5");
  CHECK(delay.element().room(0) == 5);
  delay.send_batch(sized({60, 61, 62}));
  CHECK(delay.element().room(0) == 2);
  const auto dropped = delay.send_batch(sized({63, 64, 65}));
  CHECK(sizes_of(dropped) == std::vector<std::size_t>{65});
  CHECK(dropped.front().exit == "queue_full");
  CHECK(delay.element().room(0) == 0);
  delay.advance_to(kMillisecond);
  CHECK(sizes_of(delay.poll()) == std::vector<std::size_t>{60, 61, 62, 63, 64});
  CHECK(delay.element().room(0) == 5);
}

TEST_CASE("A new time of Delay counts for what it holds already, and keeps the order") {
  ElementHarness delay("Delay", "time = \"10ms\"");
  delay.send_batch(sized({60}));
  delay.advance_to(kMillisecond);
  delay.send_batch(sized({61}));
  set_time(delay, "1ms");
  CHECK(sizes_of(delay.poll()) == std::vector<std::size_t>{60});
  set_time(delay, "1h");
  delay.advance_to(5 * kMillisecond);
  CHECK(delay.poll().empty());
  set_time(delay, "2ms");
  CHECK(sizes_of(delay.poll()) == std::vector<std::size_t>{61});
}

TEST_CASE("Delay is due some time, however long it holds packets") {
  ElementHarness delay("Delay", "time = \"9223372036s\"");
  delay.advance_to(3'600'000'000'000'000);
  delay.send_batch(sized({60}));
  CHECK(delay.element().next_due() > delay.clock().now());
  CHECK(delay.element().next_due() != Timer::kNever);
  CHECK(delay.poll().empty());
}

TEST_CASE("Delay gives everything out at once when the run is given up") {
  ElementHarness delay("Delay", "time = \"1h\"", {.burst = 4});
  delay.send_batch(std::vector<Bytes>(6, Bytes(60)));
  CHECK(delay.flush().size() == 4);
  CHECK(delay.flush().size() == 2);
}

TEST_CASE("A5: Delay wants a time and a capacity that it can have") {
  CHECK_FALSE(refusal("Delay", "").empty());
  CHECK_FALSE(refusal("Delay", "time = \"-1ms\"").empty());
  CHECK_FALSE(refusal("Delay", "time = 5").empty());
  CHECK_FALSE(refusal("Delay", "time = \"1ms\"\ncapacity = 0").empty());
  CHECK_FALSE(refusal("Delay", "time = \"1ms\"\ncapacity = 1048577").empty());
}
