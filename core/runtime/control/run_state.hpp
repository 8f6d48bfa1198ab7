#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/steady_clock.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/control/live_parameters.hpp"
#include "core/runtime/control/live_resources.hpp"
#include "core/runtime/control/phase_control.hpp"
#include "core/runtime/control/port_life.hpp"
#include "core/runtime/control/stepper.hpp"
#include "core/runtime/control/worker_requests.hpp"
#include "core/runtime/control/worker_threads.hpp"
#include "core/runtime/engine/run_options.hpp"
#include "core/runtime/engine/trace/trace_step.hpp"

namespace ixyflow {

/// All that a run is made of; each part knows those above it.
struct RunState {
  RunState(std::unique_ptr<Assembly> assembled, RunOptions chosen)
      : options(std::move(chosen)), whole(std::move(assembled)) {}
  ~RunState() { stop(); }

  /// No device writes to memory any more, and no worker runs, but for stuck ones. As often as wanted.
  void stop() {
    ports.stop();
    threads.stop();
  }
  void deliver_messages() {
    for (const auto& worker : assembly.workers) worker->messages().deliver(options.print, options.may_print);
  }
  /// What is left when no worker writes any more, as long as somebody reads it.
  void deliver_last_messages();
  /// From here on the process has what the run needs, and nothing else.
  void enter_sandbox();
  /// Lets the workers begin when links have had their time to come up; false: they had not at `until`.
  bool begin(SteadyClock::time_point until);
  /// Tells what was tried and not allowed.
  void report_refused_calls();
  /// The same for the last time: no element is at work any more, and none is asked for.
  void report_last_refused_calls();
  /// The run deserves this exit code, unless it already has one that counts for more.
  void note(ExitCode code) noexcept { exit_code = graver(exit_code, code); }

  RunOptions options;
  std::unique_ptr<Assembly> whole;
  Assembly& assembly = *whole;
  PortLife ports{assembly, options.event};
  PhaseControl phases{assembly, options.clock, ports};
  WorkerRequests requests{assembly};
  LiveParameters parameters{assembly, requests, phases};
  LiveResources resources{assembly, requests, phases, options.clock};
  Stepper stepper{assembly};                                   ///< either this runs the workers
  WorkerThreads threads{assembly, options, phases, requests};  ///< or these do

  std::optional<Sandbox> sandbox;  ///< once it is entered

  SteadyClock::time_point started = SteadyClock::now();
  bool begun = false;  ///< the workers have
  bool finished = false;
  std::vector<TraceStep> trace;
  ExitCode exit_code = ExitCode::ok;
};

}  // namespace ixyflow
