// How a driver brings its device back, with a device that does as the test says.

#include "drivers/common/recovery_state_machine.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ixyflow::test {
namespace {

using drivers::BackOff;
using drivers::QueueState;
using std::chrono::milliseconds;

class FakeRecovery final : public drivers::RecoveryStateMachine {
 public:
  FakeRecovery() : RecoveryStateMachine("the toy") { begin(now); }

  /// Looks after `later`; the worker does its part first.
  void step(milliseconds later = milliseconds(2)) {
    now += later;
    if (queue == QueueState::leaving) queue = QueueState::empty;
    if (queue == QueueState::filling) queue = QueueState::filled;
    look(now, [this](EventKind, std::string_view text) { told.emplace_back(text); });
  }
  /// A fault, and everything up to the reset's end; how long that took, as a number of looks.
  int recover() {
    fault = "it hums";
    step();
    int looks = 0;
    for (; !working() && looks < 20'000; ++looks) step();
    return looks;
  }

  Time now{std::chrono::hours(1)};
  QueueState::State queue = QueueState::working;
  std::string fault;
  bool resets = true;
  bool away = false;
  int taken_down = 0;
  std::vector<std::string> told;

 private:
  void watch(Time at, const EventSink& event) override {
    if (away) return park_for_good(event);
    if (!fault.empty()) park_for_reset(at, std::exchange(fault, ""), event);
  }
  void take_down() override { ++taken_down; }
  Result<void> reset_device() override {
    if (resets) return {};
    return fail(ExitCode::unavailable, "it does not reset");
  }
  Result<void> bring_up() override {
    queue = QueueState::working;
    return {};
  }
  [[nodiscard]] bool queues_are(QueueState::State state) const override { return queue == state; }
  void set_queues(QueueState::State state) override { queue = state; }
  [[nodiscard]] bool gone() override { return away; }
  [[nodiscard]] std::string why_gone() override { return "the toy is lost"; }
  void tell_failure(const Error& error, BackOff::Pause pause, const EventSink& event) override {
    event(EventKind::warning, error.text + ", pause " + std::to_string(pause.count()));
  }
};

}  // namespace

TEST_CASE("a device with a fault is stopped, emptied, reset, filled and started, one step a look") {
  FakeRecovery recovery;
  recovery.fault = "it hums";
  recovery.step();
  CHECK(recovery.taken_down == 1);
  CHECK(recovery.queue == QueueState::leaving);
  CHECK_FALSE(recovery.working());
  recovery.step();
  CHECK(recovery.queue == QueueState::empty);
  recovery.step();
  CHECK(recovery.queue == QueueState::filling);
  recovery.step();
  CHECK(recovery.queue == QueueState::working);
  CHECK(recovery.working());
  CHECK(recovery.told == std::vector<std::string>{"it hums; the toy is reset"});
}

TEST_CASE("a device that does not stay well waits longer every time, and not after it was well for a while") {
  FakeRecovery recovery;
  const int at_once = recovery.recover();
  const int first = recovery.recover();
  const int second = recovery.recover();
  CHECK(at_once < 5);
  CHECK(first >= 50);
  CHECK(second >= 2 * first - 5);
  CHECK(recovery.told.back() == "it hums; the toy is reset in 200 ms");
  recovery.step(milliseconds(10'001));
  CHECK(recovery.recover() < 5);
}

TEST_CASE("a reset that fails is tried again, with pauses of ten seconds at most") {
  FakeRecovery recovery;
  recovery.resets = false;
  recovery.fault = "it hums";
  for (int i = 0; i < 30'000; ++i) recovery.step();
  CHECK(recovery.told.back() == "it does not reset, pause 10000");
  recovery.resets = true;
  for (int i = 0; i < 5'005; ++i) recovery.step();
  CHECK(recovery.working());
}

TEST_CASE("a device that is gone gives its buffers back, and is left alone") {
  FakeRecovery recovery;
  recovery.away = true;
  for (int i = 0; i < 10; ++i) recovery.step();
  CHECK(recovery.removed());
  CHECK(recovery.queue == QueueState::empty);
  CHECK(recovery.taken_down == 1);
  CHECK(recovery.told == std::vector<std::string>{"the toy is lost; nothing more is received or sent here"});
}

TEST_CASE("a device that is not there yet is looked for, and begins when it is") {
  FakeRecovery recovery;
  recovery.resets = false;
  recovery.queue = QueueState::empty;
  recovery.begin_without(recovery.now);
  recovery.step();
  CHECK_FALSE(recovery.working());
  recovery.resets = true;
  for (int i = 0; i < 60; ++i) recovery.step();
  CHECK(recovery.working());
}

}  // namespace ixyflow::test
