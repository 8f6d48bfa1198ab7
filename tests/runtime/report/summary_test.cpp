#include "core/runtime/report/summary.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <string>

#include "core/base/statistics/frame_counter.hpp"
#include "core/config/load.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/packet_element.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "core/packet/checks.hpp"
#include "core/runtime/assembly/assemble.hpp"
#include "tests/support/element_harness.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Loses every thousandth packet.
class TestLeaky final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestLeaky>& spec) { spec.doc("Loses packets.").output(kOut, "out"); }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch)
      if (++packets_ % 1000 != 0) outputs.push(kOut, packet);
  }

 private:
  std::uint32_t packets_ = 0;
};
IXYFLOW_ELEMENT(TestLeaky);

}  // namespace ixyflow::elements

namespace ixyflow::drivers {

/// Takes all that it is given, and has sent all but the last ten of it when it is stopped.
class TestSlowPort final : public Port {
 public:
  static void describe(PortSpecOf<TestSlowPort>& spec) {
    spec.doc("Never sends the last ten.");
    spec.drop(PortDirection::transmit, "flushed", &TestSlowPort::flushed_, "given to it, but not sent");
  }
  [[nodiscard]] PortProperties properties() const override { return {.buffers = 64, .transmit_room = 64}; }
  void attach_tx(std::uint16_t, const QueueContext& context) override { pool_ = context.pool; }
  std::uint32_t tx(std::uint16_t, std::span<Packet* const> packets) noexcept override {
    kept_.insert(kept_.end(), packets.begin(), packets.end());
    while (kept_.size() > 10) {
      pool_->free(kept_.front());
      kept_.pop_front();
    }
    return static_cast<std::uint32_t>(packets.size());
  }
  void detach_tx(std::uint16_t) noexcept override {
    for (Packet* packet : kept_) {
      flushed_.add(packet->length());
      pool_->free(packet);
    }
    kept_.clear();
  }

 private:
  Mempool* pool_ = nullptr;
  std::deque<Packet*> kept_;
  FrameCounter flushed_;
};
IXYFLOW_PORT(TestSlowPort, "test_slow");

}  // namespace ixyflow::drivers

namespace {

const CounterReport& counter(const ElementReport& element, const std::string& name) {
  const auto found = std::ranges::find(element.counters, name, &CounterReport::name);
  REQUIRE(found != element.counters.end());
  return *found;
}

/// in -> it (two copies of an element of `type`) -> out.
std::string on_two_copies(const std::string& type) {
  return "[cores]\nio = {}\nwork = { count = 2 }\n" + in_and_out("io", "io") +
         "[elements.it]\ncore = \"work\"\ntype = \"" + type + "\"\n[graph]\npaths = [\"in -> it -> out\"]\n";
}

}  // namespace

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
  CHECK(element(report, "in").no_buffer > 0);
  CHECK(element(report, "out").no_buffer == 0);
  CHECK(report.ports[0].no_buffer == element(report, "in").no_buffer);
  CHECK(report.ports[1].no_buffer == 0);
  CHECK(b.seen == numbers(a.sent));
  CHECK(report.ledger.received == a.sent);
}

TEST_CASE("what a port took and then threw away was not sent, neither by its packets nor by its bytes") {
  PortScript a{.send = 100, .frame_length = 80};
  const RunReport report = run_stepped(R"(
[ports.a]
driver = "null"
[ports.b]
driver = "test_slow"
[elements.in]
type = "FromDevice"
port = "a"
[elements.out]
type = "ToDevice"
port = "b"
[graph]
paths = ["in -> out"]
)",
                                       {{"a", &a}});
  check_conserved(report);
  const PortReport& b = report.ports[1];
  CHECK(b.transmitted == 90);
  CHECK(b.transmitted_bytes == 90 * 80);
  REQUIRE(b.transmit_drops.size() == 1);
  CHECK(b.transmit_drops[0].value == 10);
  CHECK(report.ledger.sent == b.transmitted);
  CHECK(report.ledger.dropped == 10);
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
  const std::uint64_t one = counter(queue.copies[0], "highwater").value;
  const std::uint64_t other = counter(queue.copies[1], "highwater").value;
  CHECK(one > 0);
  CHECK(other > 0);
  CHECK(counter(queue, "highwater").value == std::max(one, other));
  CHECK(counter(queue, "highwater").value <= 64);
}

TEST_CASE("of a gauge the copies of an element show the sum of what is now") {
  PortScript a{.send = 5000};
  PortScript b;
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(on_two_copies("Queue"), {{"a", &a}, {"b", &b}}, std::move(options));
  b.largest_room = 0;
  for (int i = 0; i < 100; ++i) run->step(0);
  const RunReport report = run->snapshot();
  const ElementReport& queue = element(report, "it");
  REQUIRE(queue.copies.size() == 2);
  CHECK(queue.held > 0);
  CHECK(counter(queue, "fill").value == queue.held);
  CHECK(counter(queue.copies[0], "fill").value + counter(queue.copies[1], "fill").value == queue.held);
  b.largest_room = ~0U;
  while (run->step(0)) {
  }
  CHECK(counter(element(run->finish(), "it"), "fill").value == 0);
}

TEST_CASE("of a histogram the copies of an element show what both have, as one") {
  PortScript a{.send = 5000};
  a.fill = [](Packet& packet, std::uint32_t number) {
    std::memcpy(packet.data(), &number, sizeof number);
    packet.timestamp = -static_cast<Nanoseconds>(number) - 1;
  };
  PortScript b;
  const RunReport report = run_stepped(on_two_copies("Latency"), {{"a", &a}, {"b", &b}});
  const ElementReport& latency = element(report, "it");
  REQUIRE(latency.copies.size() == 2);
  const CounterReport& delays = counter(latency, "delay_ns");
  CHECK(delays.value == 5000);
  REQUIRE(delays.distribution);
  CHECK(delays.distribution->max == 5000);
  CHECK(delays.distribution->sum == 5000ULL * 5001 / 2);
  CHECK(delays.distribution->p50 >= 2500);
  CHECK(delays.distribution->p50 <= 2500 * 17 / 16);
  CHECK(delays.distribution->p999 >= 4995);
  const std::uint64_t one = counter(latency.copies[0], "delay_ns").value;
  CHECK(one > 0);
  CHECK(one < 5000);
  CHECK(one + counter(latency.copies[1], "delay_ns").value == 5000);
}

TEST_CASE("C6: the element that loses a packet in a thousand is named while the run goes on, and no other") {
  // A build with checks ends at the first one.
  if (kChecks) return;
  PortScript a{.send = 10'000};
  PortScript b;
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(in_and_out() +
                          "[elements.leaky]\ntype = \"TestLeaky\"\n[graph]\n"
                          "paths = [\"in -> Counter -> leaky -> out\"]\n",
                      {{"a", &a}, {"b", &b}}, std::move(options));
  while (a.sent < 5000) run->step(0);
  const RunReport during = run->snapshot();
  CHECK(element(during, "leaky").lost == static_cast<std::int64_t>(element(during, "leaky").in / 1000));
  CHECK(element(during, "leaky").lost > 0);
  for (const char* name : {"in", "out"}) CHECK(element(during, name).lost == 0);
  CHECK_FALSE(during.ledger.balanced());
  while (run->step(0)) {
  }
  const RunReport report = run->finish();
  CHECK(element(report, "leaky").lost == 10);
  CHECK(run->exit_code() == ExitCode::internal);
}

TEST_CASE("a worker takes a snapshot of all that it counts without allocating memory") {
  const std::string toml = on_two_copies("Latency");
  Diagnostics diagnostics("test.toml", toml);
  const auto file = parse_pipeline("test.toml", toml, diagnostics);
  REQUIRE(file);
  auto pipeline = build_pipeline(*file, {}, diagnostics);
  REQUIRE(pipeline);
  auto plan = make_plan(*pipeline, machine_of(4), {}, diagnostics);
  REQUIRE(plan);
  Assembly assembly;
  assembly.pipeline = std::move(*pipeline);
  assembly.plan = std::move(*plan);
  REQUIRE(assemble(assembly, {}));
  for (std::size_t worker = 0; worker < assembly.workers.size(); ++worker) {
    WorkerSnapshot snapshot = blank_snapshot(assembly, worker);
    CHECK(snapshot.elements.size() == assembly.workers[worker]->nodes().size());
    const std::uint64_t before = allocations();
    take_snapshot(assembly, worker, snapshot);
    CHECK(allocations() == before);
  }
}
