#include "core/runtime/control/phase_control.hpp"

#include <utility>

#include "core/runtime/engine/failpoint.hpp"

namespace ixyflow {

namespace {

constexpr auto kDrainTime = std::chrono::seconds(1);  ///< after a stop the rest drains for at most that long
/// At the end of all sources a slow reader of a FIFO may stop what elements still hold; an element that never
/// gives it out must not stop the run for ever. Counted from the last packet that moved.
constexpr auto kFlushTime = std::chrono::seconds(60);
constexpr std::uint64_t kIdleSteps = 100'000;  ///< of a stepped run: then held packets are given up

}  // namespace

void PhaseControl::request_stop(const char* reason) noexcept {
  const char* none = nullptr;
  stop_reason_.compare_exchange_strong(none, reason);
}

/// Termination detection: whether nothing can move any more; see WorkerView. `held` is what elements hold.
bool PhaseControl::quiescent(std::uint64_t& held) {
  std::vector<WorkerView> views;
  held = 0;
  for (const auto& worker : assembly_.workers) {
    views.push_back(worker->status().view());
    held += views.back().held;
  }
  if (views != last_views_) last_progress_ = SteadyClock::now();
  const bool over = at_rest(last_views_, views);
  last_views_ = std::move(views);
  return over;
}

void PhaseControl::enter(Phase next) {
  // Workers give buffers back as soon as they see the end: no device may write to them by then.
  if (next == Phase::ended) ports_.stop();
  phase_.store(next, std::memory_order_release);
  if (next == Phase::discarding) deadline_ = SteadyClock::now() + kDrainTime;
  idle_steps_ = 0;
  last_views_.clear();
  if (next != Phase::ended) return;
  ended_ = SteadyClock::now();
  failpoint("ended");
}

/// Whether the phase has had its time.
bool PhaseControl::late(Phase now) const {
  if (now == Phase::running) return false;
  if (clock_ == Clock::Kind::simulated) return idle_steps_ > kIdleSteps;
  if (stopping_ || now == Phase::discarding) return SteadyClock::now() > deadline_;
  return SteadyClock::now() > last_progress_ + kFlushTime;
}

void PhaseControl::obey_stop() {
  if (stopping_ || stop_reason_.load() == nullptr) return;
  stopping_ = true;
  deadline_ = SteadyClock::now() + kDrainTime;
  failpoint("draining");
  if (phase_.load(std::memory_order_relaxed) == Phase::running) enter(Phase::draining);
}

void PhaseControl::advance() {
  const Phase now = phase_.load(std::memory_order_relaxed);
  if (now == Phase::ended) return;
  obey_stop();
  if (now != phase_.load(std::memory_order_relaxed)) return;
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

SteadyClock::time_point PhaseControl::end_time() noexcept {
  if (ended_ == SteadyClock::time_point()) ended_ = SteadyClock::now();
  return ended_;
}

}  // namespace ixyflow
