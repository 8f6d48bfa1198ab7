#include "core/runtime/report/crash.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "core/base/exit_code.hpp"
#include "core/os/last_acts.hpp"
#include "core/os/vanishing_memory.hpp"
#include "core/packet/activity.hpp"
#include "core/packet/checks.hpp"
#include "core/runtime/engine/plugin_call.hpp"
#include "core/runtime/engine/worker.hpp"
#include "core/runtime/report/crash_text.hpp"

namespace ixyflow {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnSignals = false;
#else
constexpr bool kOwnSignals = true;
#endif

/// Beside a sanitizer only what it does not care for; this process lives on when a device was pulled out.
constexpr bool handles(int signal) {
  return kOwnSignals || signal == SIGBUS || signal == SIGQUIT || signal == SIGSYS || signal == SIGALRM;
}

constexpr std::size_t kStackBytes = 64 * 1024;

struct Handled {
  int number;
  const char* name;
  struct sigaction before;
};
std::array<Handled, 8> handled{{{SIGSEGV, "SIGSEGV", {}},
                                {SIGBUS, "SIGBUS", {}},
                                {SIGILL, "SIGILL", {}},
                                {SIGFPE, "SIGFPE", {}},
                                {SIGABRT, "SIGABRT", {}},
                                {SIGSYS, "SIGSYS", {}},
                                {SIGQUIT, "SIGQUIT", {}},
                                {SIGALRM, "SIGALRM", {}}}};
std::terminate_handler terminate_before = nullptr;

std::mutex mutex;
int users = 0;

thread_local const Worker* working = nullptr;
thread_local bool reporting = false;
std::atomic_flag taken = ATOMIC_FLAG_INIT;

/// Whether this thread is the one to report. The first one is; another one that crashes meanwhile gives it
/// time to finish, because the process ends with whoever is done first.
bool may_report() noexcept {
  const bool at_work = working != nullptr || ActivityMark::current() != nullptr;
  if (!at_work || std::exchange(reporting, true)) return false;
  if (!taken.test_and_set()) return true;
  const timespec while_other_reports{0, 200'000'000};
  nanosleep(&while_other_reports, nullptr);
  return false;
}

/// Of a worker, or of the control thread in the code of somebody.
void report_crash(const char* signal, std::optional<const void*> address) noexcept {
  if (working != nullptr)
    write_crash_report(*working, signal, address);
  else
    write_crash_report(ActivityMark::current(), signal, address);
}

void report_terminate(const char* what) noexcept {
  if (working != nullptr)
    write_terminate_report(*working, what);
  else
    write_terminate_report(ActivityMark::current(), what);
}

/// One that the kernel did not send is nobody's business.
void on_alarm(const siginfo_t* info) noexcept {
  const char* const owner = info->si_code > 0 ? PluginCall::overdue() : nullptr;
  if (owner == nullptr) return;
  write_hang_report(owner);
  perform_last_acts();
  ::_exit(static_cast<int>(ExitCode::internal));
}

/// A fault in here finds its signal blocked or `reporting` set, and ends the process with what was written so
/// far.
void on_signal(int number, siginfo_t* info, void* /*context*/) {
  // A device that was pulled out is no crash: what was read is all ones, and the work goes on.
  if (number == SIGBUS && info->si_code > 0 && catch_vanished(info->si_addr)) return;
  if (number == SIGALRM) return on_alarm(info);
  perform_last_acts();
  for (const Handled& signal : handled) {
    if (signal.number != number) continue;
    // SIGQUIT comes from outside, to whatever thread: it says nothing about the one that gets it.
    if (kOwnSignals && number != SIGQUIT && may_report())
      report_crash(signal.name, number == SIGABRT ? std::nullopt : std::optional<const void*>(info->si_addr));
    sigaction(number, &signal.before, nullptr);
  }
  // A fault comes again by itself when this returns; a signal that somebody sent does not, nor does a system
  // call that was forbidden.
  if (info->si_code <= 0 || number == SIGSYS || number == SIGQUIT) raise(number);
}

const char* current_exception_text() noexcept {
  static std::array<char, 256> text;
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
    return "std::terminate was called";
  } catch (const std::exception& error) {
    std::size_t length = 0;
    for (const char* c = error.what(); *c != '\0' && length + 1 < text.size(); ++c) text[length++] = *c;
    text[length] = '\0';
    return text.data();
  } catch (...) {
    return "an exception of unknown type";
  }
}

[[noreturn]] void on_terminate() {
  perform_last_acts();
  if (may_report()) {
    report_terminate(current_exception_text());
    std::abort();
  }
  terminate_before();
  std::abort();
}

}  // namespace

const char* element_at_work() noexcept {
  return working != nullptr ? working->seen_activity() : nullptr;
}

CrashReports::CrashReports() {
  const std::lock_guard lock(mutex);
  if (users++ != 0) return;
  terminate_before = std::set_terminate(on_terminate);
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (Handled& signal : handled) {
    if (!handles(signal.number)) continue;
    sigaction(signal.number, &action, &signal.before);
    // What whoever started this has ignored, as a shell does in the background, stays so.
    if (signal.before.sa_handler == SIG_IGN) sigaction(signal.number, &signal.before, nullptr);
  }
}

CrashReports::~CrashReports() {
  const std::lock_guard lock(mutex);
  if (--users != 0) return;
  std::set_terminate(terminate_before);
  for (const Handled& signal : handled)
    if (handles(signal.number)) sigaction(signal.number, &signal.before, nullptr);
}

WorkerMark::WorkerMark(const Worker& worker) noexcept
    : outer_(std::exchange(working, &worker)), outer_activity_(detail::current_activity) {}

WorkerMark::~WorkerMark() {
  working = outer_;
  detail::current_activity = outer_activity_;
}

CrashStack::CrashStack() {
  if (!kOwnSignals) return;
  // Without memory for it, a report needs what the thread's own stack has left.
  stack_.reset(new (std::nothrow) std::byte[kStackBytes]);
  if (stack_ == nullptr) return;
  stack_t stack = {};
  stack.ss_sp = stack_.get();
  stack.ss_size = kStackBytes;
  sigaltstack(&stack, nullptr);
}

CrashStack::~CrashStack() {
  if (!kOwnSignals) return;
  stack_t none = {};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
}

}  // namespace ixyflow
