#pragma once

#include <cstddef>
#include <memory>

namespace ixyflow {

class Worker;

/// As long as it lives, a process that dies of SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT (which failed checks
/// are), SIGSYS or SIGQUIT, or by an exception that nobody may catch, does its last acts first
/// (core/os/last_acts.hpp); and a worker that does, of another signal than SIGQUIT, leaves a report on
/// stderr: core, element, and the first bytes of the packets that it worked on; the control thread, in whose
/// code it was (ActivityMark). Then comes what would have come without (the process ends with 128 + the
/// signal's number). Of several at once the last one restores what was there before the first. Control
/// thread.
///
/// Code that the control thread does not come back from (PluginCall) ends the process in the same way, with a
/// line that names it, and exit code `internal`. An alarm that somebody sent does nothing.
///
/// A SIGBUS of memory that may vanish (core/os/vanishing_memory.hpp) is no crash: the access is done again.
/// Builds with a sanitizer leave all other signals to it.
class CrashReports {
 public:
  CrashReports();
  ~CrashReports();
  CrashReports(const CrashReports&) = delete;
  CrashReports& operator=(const CrashReports&) = delete;
};

/// The name of the element that the calling thread is running; null for none. Async-signal-safe.
[[nodiscard]] const char* element_at_work() noexcept;

/// As long as it lives, this thread is at the work of `worker`, of which reports tell. What is in it by then,
/// as checks say it, is so again afterwards.
class WorkerMark {
 public:
  explicit WorkerMark(const Worker& worker) noexcept;
  ~WorkerMark();
  WorkerMark(const WorkerMark&) = delete;
  WorkerMark& operator=(const WorkerMark&) = delete;

 private:
  const Worker* outer_;
  const char* const* outer_activity_;
};

/// Gives reports of this thread a stack of their own: one must be possible when the thread's has run over.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> stack_;
};

}  // namespace ixyflow
