#include "tools/ixyflow/process/stop_signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <initializer_list>

#include "core/base/exit_code.hpp"
#include "core/os/last_acts.hpp"
#include "core/runtime/control/run.hpp"

namespace ixyflow::tools {
namespace {

// A handler has no object that it belongs to: what it needs is here.
std::atomic<Run*> watched{nullptr};
std::atomic<int> first_signal{0};
std::atomic<int> interrupts{0};
std::atomic<bool> state_wanted{false};
static_assert(std::atomic<Run*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constexpr std::initializer_list<int> kStopSignals = {SIGINT, SIGTERM, SIGHUP};

const char* name_of(int signal) {
  switch (signal) {
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    default:
      return "SIGTERM";
  }
}

/// nohup(1) has SIGHUP ignored, and means it.
bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

void on_signal(int signal) {
  if (signal == SIGINT && interrupts.fetch_add(1) > 0) {
    perform_last_acts();
    _exit(static_cast<int>(ExitCode::interrupted));
  }
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
  if (Run* run = watched.load()) run->request_stop(name_of(signal));
}

void on_state_signal(int /*signal*/) {
  state_wanted = true;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

void handle_stops(void (*handler)(int)) {
  for (const int signal : kStopSignals)
    if (signal != SIGHUP || !is_ignored(signal)) handle(signal, handler);
}

}  // namespace

StopSignals::StopSignals() {
  watched = nullptr;
  first_signal = 0;
  interrupts = 0;
  state_wanted = false;
  handle_stops(on_signal);
  handle(SIGUSR1, on_state_signal);
}

StopSignals::~StopSignals() {
  release();
  handle_stops(SIG_DFL);
  handle(SIGUSR1, SIG_IGN);
}

void StopSignals::watch(Run& run) {
  watched = &run;
  if (const int signal = first_signal.load()) run.request_stop(name_of(signal));
}

void StopSignals::release() {
  watched = nullptr;
}

bool StopSignals::take_state_request() noexcept {
  return state_wanted.exchange(false);
}

}  // namespace ixyflow::tools
