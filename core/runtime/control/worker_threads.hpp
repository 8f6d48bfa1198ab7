#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/steady_clock.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/control/phase_control.hpp"
#include "core/runtime/control/worker_requests.hpp"
#include "core/runtime/engine/run_options.hpp"
#include "core/runtime/report/crash.hpp"
#include "core/runtime/report/watchdog.hpp"
#include "core/sandbox/sandbox.hpp"

namespace ixyflow {

/// The threads of a run, one per worker, bound to its CPU: started together, and joined as far as they end.
/// All functions are the control thread's.
class WorkerThreads {
 public:
  WorkerThreads(Assembly& assembly, const RunOptions& options, PhaseControl& phases,
                WorkerRequests& requests);

  /// Starts all and waits until they are prepared. After an error all have been stopped.
  Result<void> start();
  /// Lets them begin with their rounds, under a watchdog; before, each restricts itself to what `sandbox`
  /// leaves it. Null: it keeps its rights.
  void release(Sandbox* sandbox);
  /// Lets the watchdog look, when there is one.
  void watch(SteadyClock::time_point now);
  /// Ends the run for all and joins them. One that stands still (stopped by a debugger, kept from its CPU,
  /// caught in an element) is left behind after two seconds, because it must not keep the process from
  /// ending.
  void stop();
  [[nodiscard]] bool running() const noexcept { return !threads_.empty(); }

  /// Workers whose threads did not end when they had to. They may go on at any time: nothing that they can
  /// reach may be closed or freed.
  [[nodiscard]] const std::vector<std::size_t>& stuck() const noexcept { return stuck_; }
  [[nodiscard]] bool is_stuck(std::size_t worker) const noexcept;
  /// The name of a stuck core that uses the port; empty: there is none.
  [[nodiscard]] std::string stuck_user_of(const Port& port) const;

 private:
  [[nodiscard]] bool await_prepared();
  void open_gate() noexcept;
  // On the worker's thread:
  void work(std::size_t index);
  void prepare(std::size_t index);
  void run_rounds(std::size_t index);

  Assembly& assembly_;
  const RunOptions& options_;
  PhaseControl& phases_;
  WorkerRequests& requests_;
  std::vector<std::string> start_errors_;  ///< by worker, which writes it before it is prepared
  std::latch unprepared_;                  ///< workers that are not yet prepared
  Sandbox* sandbox_ = nullptr;             ///< set before the gate opens
  std::atomic<bool> gate_{false};          ///< open: the workers may begin
  std::deque<std::atomic<bool>> gone_;     ///< by worker: its thread has nothing left to do
  std::vector<std::thread> threads_;
  std::vector<std::size_t> stuck_;
  std::optional<Watchdog> watchdog_;           ///< while threads run
  std::optional<CrashReports> crash_reports_;  ///< the same, and as long as one is stuck
};

}  // namespace ixyflow
