#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "core/base/messages/standard_error.hpp"
#include "core/runtime/control/run.hpp"
#include "core/runtime/control/run_state.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/report/bottleneck.hpp"
#include "core/runtime/report/summary.hpp"
#include "core/sandbox/refused_calls.hpp"

// What a run tells of itself: a report while it goes on, and the one at its end.

namespace ixyflow {

namespace {

constexpr auto kSnapshotTime = std::chrono::milliseconds(100);
constexpr auto kSnapshotLook = std::chrono::microseconds(50);

/// The element that the worker was in at some moment just now; empty: none.
std::string seen_at(const Worker& worker) {
  const char* element = worker.seen_activity();
  return element != nullptr ? element : "";
}

/// Whether every buffer came home, as far as workers can be asked.
bool count_buffers(Assembly& assembly, const WorkerThreads& threads, RunReport& report) {
  bool home = threads.stuck().empty();
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    WorkerReport& worker = report.workers[i];
    worker.stale = threads.is_stuck(i);
    if (worker.stale) {
      worker.caught_in = seen_at(*assembly.workers[i]);
      continue;
    }
    Worker& asked = *assembly.workers[i];
    worker.buffers_free = 0;
    for (std::size_t pool = 0; pool < asked.pools(); ++pool)
      worker.buffers_free += asked.pool(pool).available();
    home &= worker.buffers_free == worker.buffers;
  }
  return home;
}

/// The steps of the traced packets, in order, as far as workers can be asked.
std::vector<TraceStep> collect_trace(const Assembly& assembly, const WorkerThreads& threads) {
  std::vector<Trace::Step> steps;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    if (threads.is_stuck(i)) continue;
    const auto& own = assembly.workers[i]->trace().steps();
    steps.insert(steps.end(), own.begin(), own.end());
  }
  std::sort(steps.begin(), steps.end(), [](const Trace::Step& a, const Trace::Step& b) {
    return std::pair(a.step.packet, a.order) < std::pair(b.step.packet, b.order);
  });
  std::vector<TraceStep> trace;
  for (Trace::Step& step : steps) trace.push_back(std::move(step.step));
  return trace;
}

std::string_view state_name(Phase phase) {
  switch (phase) {
    case Phase::running:
      return "running";
    case Phase::ended:
      return "ended";
    default:
      return "draining";
  }
}

double seconds(SteadyClock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

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

RunStatus Run::status() const {
  RunStatus status{.state = state_name(state_->phases.now()),
                   .seconds = seconds(SteadyClock::now() - state_->started),
                   .cores = {}};
  for (const WorkerPlan& worker : state_->assembly.plan.workers)
    status.cores.push_back({worker.name, worker.cpu});
  return status;
}

RunReport Run::snapshot() {
  RunState& state = *state_;
  const Handshake& handshake = state.requests.handshake();
  const Handshake::Request request = state.requests.ask(/*statistics=*/true);
  const auto until = SteadyClock::now() + kSnapshotTime;
  std::vector<WorkerSnapshot> snapshots;
  std::vector<bool> stale;
  for (std::size_t i = 0; i < handshake.workers(); ++i) {
    while (!handshake.answered(i, request) && SteadyClock::now() < until)
      std::this_thread::sleep_for(kSnapshotLook);
    stale.push_back(!handshake.answered(i, request));
    // A late worker may write its numbers at this moment: they are left alone, and its last known ones are
    // not shown.
    snapshots.push_back(stale.back() ? blank_snapshot(state.assembly, i) : state.requests.snapshot(i));
  }
  RunReport report = make_report(state.assembly, snapshots);
  for (std::size_t i = 0; i < stale.size(); ++i) {
    report.workers[i].stale = stale[i];
    report.workers[i].caught_in = seen_at(*state.assembly.workers[i]);
  }
  report.seconds = seconds(SteadyClock::now() - state.started);
  report.bottleneck = find_bottleneck(report);
  return report;
}

void RunState::deliver_last_messages() {
  const auto left = [this] {
    return std::ranges::any_of(assembly.workers,
                               [](const auto& worker) { return !worker->messages().empty(); });
  };
  // A stuck worker may write for ever.
  for (std::size_t tries = 0; tries <= 2 * assembly.workers.size(); ++tries) {
    deliver_messages();
    if (!left()) return;
    flush_standard_error();
    if (!options.may_print()) break;
  }
  for (const auto& worker : assembly.workers) worker->messages().deliver(options.print, {});
}

RunReport Run::finish() {
  RunState& state = *state_;
  state.finished = true;
  const SteadyClock::time_point ended = state.phases.end_time();
  const bool threaded = state.threads.running();
  state.stop();
  state.phases.end();
  failpoint("joined");
  if (!threaded) state.stepper.detach();
  state.deliver_last_messages();
  const PortLife::Closed closed =
      state.ports.close([&state](const Port& port) { return state.threads.stuck_user_of(port); });
  state.note(closed.code);
  failpoint("ports-closed");

  std::vector<WorkerSnapshot> snapshots;
  for (std::size_t i = 0; i < state.assembly.workers.size(); ++i)
    snapshots.push_back(state.threads.is_stuck(i) ? blank_snapshot(state.assembly, i)
                                                  : state.requests.read(i));
  RunReport report = make_report(state.assembly, snapshots);
  report.bottleneck = find_bottleneck(report);
  report.seconds = seconds(ended - state.started);
  state.report_last_refused_calls();
  report.sandbox_off = state.sandbox ? state.sandbox->missing() : std::vector<std::string>{"all"};
  const char* reason = state.phases.stop_reason();
  report.stopped_by = reason != nullptr ? reason : "end";
  for (std::size_t i = 0; i < report.ports.size(); ++i) report.ports[i].error = closed.errors[i];
  const bool home = count_buffers(state.assembly, state.threads, report);
  if (!home || !report.ledger.balanced()) state.note(ExitCode::internal);
  state.trace = collect_trace(state.assembly, state.threads);
  return report;
}

}  // namespace ixyflow
