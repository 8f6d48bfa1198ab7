#include <array>
#include <catch2/catch.hpp>

#include "core/element/packet_element.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Keeps every packet until the end.
class TestMiser final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestMiser>& spec) { spec.doc("Keeps packets.").output(kOut, "out"); }
  void process(PortIndex, Batch& batch, Outputs&) noexcept override {
    for (Packet* packet : batch) kept_[held_++] = packet;
  }
  void flush(Outputs& outputs) noexcept override {
    while (held_ > 0) outputs.push(kOut, kept_[--held_]);
  }
  std::uint64_t held() const noexcept override { return held_; }
  std::uint32_t capacity() const noexcept override { return static_cast<std::uint32_t>(kept_.size()); }

 private:
  std::array<Packet*, 1024> kept_{};
  std::size_t held_ = 0;
};
IXYFLOW_ELEMENT(TestMiser);

/// Sends a packet of its own every 10 ms, as ARP and ICMP elements do.
class TestTicker final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestTicker>& spec) {
    spec.doc("Passes packets and makes its own.").output(kOut, "out").timer(&TestTicker::timer_).creates();
  }
  void prepare(Outputs& outputs) override { timer_.arm(outputs.now() + kEvery); }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override { outputs.forward(kOut, batch); }
  void tick(Timer& timer, Outputs& outputs) noexcept override {
    timer.arm(outputs.now() + kEvery);
    Packet* packet = nullptr;
    if (outputs.create({&packet, 1}) == 0) return;
    packet->set_length(60);
    outputs.push(kOut, packet);
  }

 private:
  static constexpr Nanoseconds kEvery = 10'000'000;
  Timer timer_;
};
IXYFLOW_ELEMENT(TestTicker);

/// Has a timer that is always due.
class TestImpatient final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestImpatient>& spec) {
    spec.doc("Ticks in every round.")
        .output(kOut, "out")
        .timer(&TestImpatient::timer_)
        .counter("ticks", &TestImpatient::ticks_, "times");
  }
  void prepare(Outputs& outputs) override { timer_.arm(outputs.now()); }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override { outputs.forward(kOut, batch); }
  void tick(Timer& timer, Outputs& outputs) noexcept override {
    ++ticks_;
    timer.arm(outputs.now());
  }

 private:
  Timer timer_;
  Counter ticks_;
};
IXYFLOW_ELEMENT(TestImpatient);

}  // namespace ixyflow::elements

namespace {

const std::string kPorts = in_and_out();

}  // namespace

TEST_CASE("an element that holds packets is asked to give them out at the end") {
  PortScript a{.send = 500};
  PortScript b;
  run_stepped(kPorts + "[elements.miser]\ntype = \"TestMiser\"\n[graph]\npaths = [\"in -> miser -> out\"]",
              {{"a", &a}, {"b", &b}});
  CHECK(b.seen.size() == 500);
}

TEST_CASE("timers tick on the simulated clock without time passing") {
  PortScript a{.send = 1};
  PortScript b;
  const auto report = run_stepped(
      kPorts + "[elements.ticker]\ntype = \"TestTicker\"\n[graph]\npaths = [\"in -> ticker -> out\"]",
      {{"a", &a}, {"b", &b}}, 3'600'000'000'000);
  // An hour of ticks, one every 10 ms.
  CHECK(report.ledger.created == 360'000);
  CHECK(b.seen.size() == 360'001);
}

TEST_CASE("a timer that is always due keeps no run from its end") {
  PortScript a{.send = 1000};
  PortScript b;
  const auto report = run_threaded(
      kPorts + "[elements.tick]\ntype = \"TestImpatient\"\n[graph]\npaths = [\"in -> tick -> out\"]",
      {{"a", &a}, {"b", &b}});
  check_conserved(report);
  CHECK(b.seen.size() == 1000);
  CHECK(element(report, "tick").counters.front().value > 0);
}
