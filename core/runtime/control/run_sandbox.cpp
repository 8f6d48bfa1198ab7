#include <fmt/core.h>

#include "core/runtime/control/run_state.hpp"
#include "core/runtime/report/crash.hpp"
#include "core/sandbox/refused_calls.hpp"

// How a run gives up its rights, and tells who would have needed them.

namespace ixyflow {

void RunState::enter_sandbox() {
  Rights kept = *options.sandbox;
  kept.add(ports.needs());
  note_refused_calls(element_at_work);
  sandbox.emplace(kept);
  sandbox->enter_control();
}

void RunState::report_refused_calls() {
  if (!sandbox || !options.event) return;
  for (const RefusedCall& refused : take_refused_calls())
    options.event(
        EventKind::warning,
        fmt::format("{}the system call '{}' was refused: a run that has started has no right to it "
                    "(--no-sandbox leaves it all of its rights)",
                    refused.by.empty() ? "" : fmt::format("element '{}': ", refused.by), refused.call));
}

void RunState::report_last_refused_calls() {
  report_refused_calls();
  if (sandbox) note_refused_calls();
}

}  // namespace ixyflow
