#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/base/steady_clock.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/control/port_life.hpp"
#include "core/runtime/engine/phase.hpp"

namespace ixyflow {

/// Moves a run from phase to phase: it drains when a stop is asked for, flushes when nothing moves any more,
/// discards what does not leave in its time, and ends when nothing is left (see WorkerView for how that is
/// known). Control thread, but for what says otherwise.
class PhaseControl {
 public:
  PhaseControl(const Assembly& assembly, Clock::Kind clock, PortLife& ports)
      : assembly_(assembly), clock_(clock), ports_(ports) {}

  /// Any thread.
  [[nodiscard]] Phase now() const noexcept { return phase_.load(std::memory_order_acquire); }
  [[nodiscard]] bool ended() const noexcept { return now() == Phase::ended; }

  /// Sources are to stop. Async-signal-safe; `reason` must be a literal. The first reason counts.
  void request_stop(const char* reason) noexcept;
  /// Why; null: nobody asked for it. Any thread.
  [[nodiscard]] const char* stop_reason() const noexcept { return stop_reason_.load(); }

  /// Stops the sources if that was asked for and not done yet.
  void obey_stop();
  /// One look: moves the phase on when it is time.
  void advance();
  /// Counts a step of a stepped run that moved nothing: its phases are bounded by those, not by time.
  void count_idle_step() noexcept { ++idle_steps_; }
  /// Ends at once, whatever is left.
  void end() noexcept { phase_.store(Phase::ended, std::memory_order_release); }
  /// Notes that the run is over, if that was not known yet, and tells since when.
  SteadyClock::time_point end_time() noexcept;

 private:
  [[nodiscard]] bool quiescent(std::uint64_t& held);
  [[nodiscard]] bool late(Phase now) const;
  void enter(Phase next);

  const Assembly& assembly_;
  Clock::Kind clock_;
  PortLife& ports_;
  std::atomic<Phase> phase_{Phase::running};
  std::atomic<const char*> stop_reason_{nullptr};
  bool stopping_ = false;  ///< a stop was asked for and seen
  std::vector<WorkerView> last_views_;
  SteadyClock::time_point last_progress_;  ///< when a look last found the workers changed
  SteadyClock::time_point deadline_;       ///< of a stop, and of discarding
  SteadyClock::time_point ended_;
  std::uint64_t idle_steps_ = 0;
};

}  // namespace ixyflow
