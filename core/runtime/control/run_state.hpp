#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/runtime/control/live_change.hpp"
#include "core/runtime/control/run.hpp"
#include "core/runtime/engine/assembly.hpp"
#include "core/runtime/engine/handshake.hpp"
#include "core/runtime/report/crash.hpp"
#include "core/runtime/report/summary.hpp"
#include "core/runtime/report/watchdog.hpp"

namespace ixyflow {

using SteadyClock = std::chrono::steady_clock;

/// All that a run is made of. run.cpp starts, works and ends it; run_control.cpp moves it from phase to
/// phase; run_live.cpp and run_resources.cpp change it while it goes on.
struct Run::State {
  Assembly assembly;
  RunOptions options;

  std::atomic<Phase> phase{Phase::running};
  std::atomic<const char*> stop_reason{nullptr};
  std::optional<Handshake> handshake;
  std::vector<Numbers> snapshots;  ///< by worker, which writes them before it answers a request for them
  /// By worker: the last change for it. Replaced only when the worker has answered whatever it was asked.
  std::vector<std::shared_ptr<const LiveChange>> changes;
  std::deque<RetiredVersions> retired;  ///< oldest first
  std::vector<std::thread> threads;
  std::deque<std::atomic<bool>> gone;  ///< by worker: its thread has nothing left to do
  /// Workers whose threads did not end when they had to. They may go on at any time: nothing that they can
  /// reach is closed or freed.
  std::vector<std::size_t> stuck;
  std::vector<std::string> start_errors;
  std::optional<std::latch> ready;            ///< workers that are not yet prepared
  std::atomic<bool> go{false};                ///< all are: the workers may begin
  std::optional<Watchdog> watchdog;           ///< while threads run
  std::optional<CrashReports> crash_reports;  ///< from `start` to `finish`

  std::vector<WorkerView> last_views;
  SteadyClock::time_point started = SteadyClock::now();
  SteadyClock::time_point deadline;       ///< of a stop, and of discarding
  SteadyClock::time_point last_progress;  ///< when a look last found the workers changed
  bool stopping = false;                  ///< a stop was asked for and seen
  SteadyClock::time_point ended;
  std::uint64_t idle_steps = 0;
  std::size_t ports_open = 0;
  std::size_t ports_started = 0;  ///< and not yet stopped
  SteadyClock::time_point next_supervision;
  bool prepared = false;  ///< stepped runs: workers were prepared
  bool finished = false;
  std::vector<TraceStep> trace;
  ExitCode exit_code = ExitCode::ok;

  ~State() { stop_threads(); }

  Result<void> open_ports();
  Result<void> let_port_use_memory(std::size_t index);
  Result<void> start_ports();
  void await_ready_ports();
  void stop_ports() noexcept;
  void supervise_ports(SteadyClock::time_point now);
  void close_ports(RunReport* report);
  bool await_prepared();
  void stop_threads();
  [[nodiscard]] bool is_stuck(std::size_t worker) const noexcept;
  /// The name of a stuck core that uses the port; empty: there is none.
  [[nodiscard]] std::string held_by_stuck(const Port& port) const;

  void release_workers() {
    go = true;
    go.notify_all();
  }
  void start_watchdog();
  void prepare(std::size_t index);
  void work(std::size_t index);
  /// Asks all workers; while no threads run, answers for them at once.
  Handshake::Request ask(bool numbers = false);
  void answer(std::size_t index, Handshake::Request request);
  /// Waits up to a second for `workers` to answer; returns those that did not.
  [[nodiscard]] std::vector<std::size_t> await(const std::vector<std::size_t>& workers,
                                               Handshake::Request request) const;
  [[nodiscard]] bool over() const noexcept;
  /// "core 'io'", "cores 'io', 'work'"
  [[nodiscard]] std::string names_of(const std::vector<std::size_t>& workers) const;
  Numbers numbers_of(std::size_t index) const;
  bool count_buffers(RunReport& report) const;
  void collect_trace();

  Result<void> reach(const std::vector<std::size_t>& workers);
  Result<double> hand_over(LiveChange change);
  void take_over(std::size_t index);
  [[nodiscard]] Result<Resource*> find_resource(std::string_view name) const;
  Result<void> change_resource(std::string_view name, const std::function<Result<void>(Resource&)>& change);
  /// Frees the versions of resources that nobody reads any more.
  void free_retired();

  bool quiescent(std::uint64_t& held);
  [[nodiscard]] bool late(Phase now) const;
  void advance_phase();
  void enter(Phase next);
  void deliver_messages();
  bool step_workers();
  Nanoseconds next_due() const;
};

}  // namespace ixyflow
