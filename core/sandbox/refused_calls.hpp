#pragma once

#include <string>
#include <vector>

namespace ixyflow {

/// Has system calls that a CallFilter refuses fail with EPERM, and notes them (SIGSYS). `at_work` names what
/// the calling thread is doing, null when that is unknown; it is called in the signal handler. Before the
/// first filter is applied; again only to give another `at_work`. Control thread.
using AtWork = const char* (*)() noexcept;
void note_refused_calls(AtWork at_work = nullptr);

struct RefusedCall {
  std::string call;  ///< "socket"
  std::string by;    ///< what was at work when it was refused for the first time; empty: unknown
};
/// Those that were refused for the first time since the last look. Control thread.
std::vector<RefusedCall> take_refused_calls();

}  // namespace ixyflow
