#include <algorithm>
#include <chrono>
#include <utility>

#include "core/runtime/control/run_state.hpp"
#include "core/runtime/engine/failpoint.hpp"

namespace ixyflow {

namespace {

constexpr auto kDrainTime = std::chrono::seconds(1);  ///< DESIGN: the rest drains for at most a second
/// At the end of all sources a slow reader of a FIFO may stop what elements still hold; an element that never
/// gives it out must not stop the run for ever. Counted from the last packet that moved.
constexpr auto kFlushTime = std::chrono::seconds(60);
constexpr std::uint64_t kIdleSteps = 100'000;  ///< of a stepped run: then held packets are given up

}  // namespace

/// Whether nothing can move any more; see WorkerStatus. `held` is what elements hold.
bool Run::State::quiescent(std::uint64_t& held) {
  std::vector<WorkerView> views;
  held = 0;
  for (const auto& worker : assembly.workers) {
    views.push_back(worker->status().view());
    held += views.back().held;
  }
  if (views != last_views) last_progress = SteadyClock::now();
  const bool over = at_rest(last_views, views);
  last_views = std::move(views);
  return over;
}

void Run::State::enter(Phase next) {
  // Workers give buffers back as soon as they see the end: no device may write to them by then.
  if (next == Phase::ended) stop_ports();
  phase.store(next, std::memory_order_release);
  if (next == Phase::discarding) deadline = SteadyClock::now() + kDrainTime;
  idle_steps = 0;
  last_views.clear();
  if (next != Phase::ended) return;
  ended = SteadyClock::now();
  failpoint("ended");
}

/// Whether the phase has had its time.
bool Run::State::late(Phase now) const {
  if (now == Phase::running) return false;
  if (options.clock == Clock::Kind::simulated) return idle_steps > kIdleSteps;
  if (stopping || now == Phase::discarding) return SteadyClock::now() > deadline;
  return SteadyClock::now() > last_progress + kFlushTime;
}

/// One look of the control thread: moves the phase on when it is time.
void Run::State::advance_phase() {
  const Phase now = phase.load(std::memory_order_relaxed);
  if (now == Phase::ended) return;
  if (!stopping && stop_reason.load() != nullptr) {
    stopping = true;
    deadline = SteadyClock::now() + kDrainTime;
    failpoint("draining");
    if (now == Phase::running) return enter(Phase::draining);
  }
  std::uint64_t held = 0;
  if (quiescent(held)) {
    if (held == 0) return enter(Phase::ended);
    if (now < Phase::flushing) {
      failpoint("flushing");
      return enter(Phase::flushing);
    }
  }
  if (late(now)) enter(now == Phase::discarding ? Phase::ended : Phase::discarding);
}

void Run::State::deliver_messages() {
  for (const auto& worker : assembly.workers) worker->messages().deliver(options.print);
}

Nanoseconds Run::State::next_due() const {
  Nanoseconds due = Timer::kNever;
  for (const auto& worker : assembly.workers) due = std::min(due, worker->next_due());
  return due;
}

bool Run::State::step_workers() {
  bool moved = false;
  for (const auto& worker : assembly.workers) {
    worker->enter_thread();
    if (!prepared) worker->prepare();
  }
  if (!std::exchange(prepared, true)) {
    if (const auto begun = start_ports(); !begun) {
      exit_code = begun.error().code;
      if (options.event) options.event(EventKind::warning, begun.error().text);
      stop_reason = "start";
    }
  }
  for (const auto& worker : assembly.workers) {
    worker->enter_thread();
    moved |= worker->round(phase);
  }
  return moved;
}

}  // namespace ixyflow
