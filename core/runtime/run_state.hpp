#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/runtime/assembly.hpp"
#include "core/runtime/handshake.hpp"
#include "core/runtime/run.hpp"
#include "core/runtime/summary.hpp"

namespace ixyflow {

using SteadyClock = std::chrono::steady_clock;

/// All that a run is made of. run.cpp starts, works and ends it; run_control.cpp moves it from phase to
/// phase.
struct Run::State {
  Assembly assembly;
  RunOptions options;

  std::atomic<Phase> phase{Phase::running};
  std::atomic<const char*> stop_reason{nullptr};
  std::optional<Handshake> handshake;
  std::vector<Numbers> snapshots;  ///< by worker, which writes them before it answers a request for them
  std::vector<std::thread> threads;
  std::vector<std::string> start_errors;
  std::optional<std::latch> ready;  ///< workers that are not yet prepared
  std::atomic<bool> go{false};      ///< all are: the workers may begin

  std::vector<WorkerStatus::View> last_views;
  SteadyClock::time_point started = SteadyClock::now();
  SteadyClock::time_point deadline;       ///< of a stop, and of discarding
  SteadyClock::time_point last_progress;  ///< when a look last found the workers changed
  bool stopping = false;                  ///< a stop was asked for and seen
  SteadyClock::time_point ended;
  std::uint64_t idle_steps = 0;
  std::size_t ports_open = 0;
  bool prepared = false;  ///< stepped runs: workers were prepared
  bool finished = false;
  std::vector<TraceStep> trace;
  ExitCode exit_code = ExitCode::ok;

  ~State() { stop_threads(); }

  Result<void> open_ports();
  void close_ports(RunReport* report);
  void stop_threads();

  void release_workers() {
    go = true;
    go.notify_all();
  }
  void work(std::size_t index);
  /// Asks all workers; while no threads run, answers for them at once.
  Handshake::Request ask(bool numbers = false);
  void answer(std::size_t index, Handshake::Request request);
  Numbers numbers_of(std::size_t index) const;

  bool quiescent(std::uint64_t& held);
  [[nodiscard]] bool late(Phase now) const;
  void advance_phase();
  void enter(Phase next);
  void deliver_messages();
  bool step_workers();
  Nanoseconds next_due() const;
};

}  // namespace ixyflow
