#pragma once

namespace ixyflow {
class Run;
}

namespace ixyflow::tools {

/// While it lives, SIGINT, SIGTERM and SIGHUP stop a run in order, a second SIGINT ends the process at once
/// with exit code 130, and SIGUSR1 asks for the state of the run. One at a time; made before the run, so that
/// a signal that comes while the run starts is not lost.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// From now on signals stop `run`, which must outlive the watching; one that came before stops it now.
  void watch(Run& run);
  /// The run has ended: there is nothing left to stop.
  void release();
  /// Whether the state was asked for since the last call.
  static bool take_state_request() noexcept;
};

}  // namespace ixyflow::tools
