#include "core/plugin/loading_reports.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "core/base/exit_code.hpp"

namespace ixyflow {
namespace {

struct Handled {
  int number;
  const char* text;
  struct sigaction before;
};
std::array<Handled, 6> handled{{{SIGALRM, "it did not come back in time", {}},
                                {SIGABRT, "it aborted (SIGABRT)", {}},
                                {SIGSEGV, "it crashed (SIGSEGV)", {}},
                                {SIGBUS, "it crashed (SIGBUS)", {}},
                                {SIGILL, "it crashed (SIGILL)", {}},
                                {SIGFPE, "it crashed (SIGFPE)", {}}}};
const char* loading = nullptr;

void say(const char* text) noexcept {
  // Nothing can be done about a stderr that takes no more.
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void on_signal(int number, siginfo_t* info, void* /*context*/) {
  for (const Handled& signal : handled) {
    if (signal.number != number) continue;
    say("ixyflow: plugin '");
    say(loading);
    say("': ");
    say(signal.text);
    say(" while it was loaded\n");
    if (number == SIGALRM) ::_exit(static_cast<int>(ExitCode::configuration));
    ::sigaction(number, &signal.before, nullptr);
  }
  // A fault comes again by itself when this returns; a signal that somebody sent does not.
  if (info->si_code <= 0) ::raise(number);
}

}  // namespace

LoadingReports::LoadingReports(const std::string& plugin, unsigned patience) {
  loading = plugin.c_str();
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  for (Handled& signal : handled) ::sigaction(signal.number, &action, &signal.before);
  alarm_before_ = ::alarm(patience);
}

LoadingReports::~LoadingReports() {
  ::alarm(alarm_before_);
  for (const Handled& signal : handled) ::sigaction(signal.number, &signal.before, nullptr);
}

}  // namespace ixyflow
