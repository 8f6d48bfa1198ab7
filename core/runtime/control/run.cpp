#include "core/runtime/control/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "core/base/messages/log.hpp"
#include "core/runtime/assembly/assemble.hpp"
#include "core/runtime/control/names.hpp"
#include "core/runtime/control/port_addresses.hpp"
#include "core/runtime/control/run_state.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/report/crash.hpp"
#include "core/runtime/report/views.hpp"
#include "core/sandbox/capabilities.hpp"
#include "core/sandbox/refused_calls.hpp"

namespace ixyflow {

namespace {

/// Between two looks of the control thread: a short run shall end at once, a long one shall not be disturbed.
constexpr auto kShortestLook = std::chrono::microseconds(200);
constexpr auto kLongestLook = std::chrono::milliseconds(2);
constexpr int kLooks = 100;  ///< so many in the time that the run has lasted

constexpr auto kLinkTime = std::chrono::seconds(3);       ///< for links to come up
constexpr auto kLinkLook = std::chrono::milliseconds(2);  ///< between two looks whether they are

}  // namespace

void RunState::enter_sandbox() {
  Rights kept = *options.sandbox;
  kept.add(ports.needs());
  note_refused_calls(element_at_work);
  sandbox.emplace(kept);
  sandbox->enter_control();
  const auto named = [](const std::vector<std::string>& paths) {
    return paths.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(paths, ", "));
  };
  log(LogLevel::info,
      fmt::format("sandbox: capabilities kept: {}; of files it may still read {}, write {}, remove {}",
                  capability_names(kept.capabilities), named(kept.reads), named(kept.writes),
                  named(kept.removes)));
  for (const std::string& part : sandbox->missing()) log(LogLevel::info, "sandbox: not in force: " + part);
}

bool RunState::begin(SteadyClock::time_point until) {
  if (begun) return true;
  const auto link_end = started + kLinkTime;
  for (auto now = SteadyClock::now(); !ports.ready() && phases.stop_reason() == nullptr && now < link_end;
       now = SteadyClock::now()) {
    ports.supervise(now);
    report_refused_calls();
    if (now >= until) return false;
    std::this_thread::sleep_for(std::min<SteadyClock::duration>(kLinkLook, until - now));
  }
  started = SteadyClock::now();
  begun = true;
  threads.release(sandbox ? &*sandbox : nullptr);
  failpoint("running");
  return true;
}

Result<std::unique_ptr<Run>> Run::create(Pipeline pipeline, Plan plan, RunOptions options) {
  auto assembly = std::make_unique<Assembly>();
  assembly->pipeline = std::move(pipeline);
  assembly->plan = std::move(plan);
  if (auto assembled = assemble(*assembly, options); !assembled) return std::unexpected(assembled.error());
  failpoint("assembled");
  auto state = std::make_unique<RunState>(std::move(assembly), std::move(options));
  auto opened = state->ports.open();
  if (opened) opened = store_port_addresses(state->assembly);
  if (!opened) {
    state->ports.close({});
    return std::unexpected(opened.error());
  }
  failpoint("ports-open");
  state->requests.make_room();
  return std::unique_ptr<Run>(new Run(std::move(state)));
}

Run::Run(std::unique_ptr<RunState> state) : state_(std::move(state)) {}

Run::~Run() {
  if (!state_->finished) finish();
  if (state_->threads.stuck().empty()) return;
  // Reachable for ever, which tells tools that look for leaks that it is meant.
  static auto& left_behind = *new std::vector<std::unique_ptr<RunState>>;
  left_behind.push_back(std::move(state_));
}

Result<void> Run::start() {
  RunState& state = *state_;
  failpoint("starting");
  state.started = SteadyClock::now();
  if (auto begun = state.threads.start(); !begun) return begun;
  if (auto begun = state.ports.start(); !begun) {
    state.stop();
    return begun;
  }
  // Before ports are looked after: from then on peers are answered.
  if (state.options.sandbox) state.enter_sandbox();
  state.started = SteadyClock::now();
  // Where no link has to come up nobody waits.
  static_cast<void>(state.begin(state.started));
  return {};
}

bool Run::begin(Duration timeout) {
  return state_->begin(SteadyClock::now() + std::chrono::nanoseconds(timeout.ns));
}

bool Run::wait(Duration timeout) {
  RunState& state = *state_;
  const auto until = SteadyClock::now() + std::chrono::nanoseconds(timeout.ns);
  if (!state.begin(until)) return false;
  for (;;) {
    state.phases.advance();
    state.deliver_messages();
    state.resources.free_retired();
    state.resources.sweep();
    const auto now = SteadyClock::now();
    // At the end once more, at once: a port may have something to tell.
    const bool ended = state.phases.ended();
    state.ports.supervise(now, ended);
    if (ended) return true;
    state.threads.watch(now);
    state.report_refused_calls();
    if (now >= until) return false;
    const auto look =
        std::clamp<SteadyClock::duration>((now - state.started) / kLooks, kShortestLook, kLongestLook);
    std::this_thread::sleep_for(std::min<SteadyClock::duration>(look, until - now));
  }
}

void Run::request_stop(const char* reason) noexcept {
  state_->phases.request_stop(reason);
}

bool Run::step(Nanoseconds until) {
  RunState& state = *state_;
  if (state.phases.ended()) return false;
  // Here, because a source that is always due would keep it from being seen below.
  state.phases.obey_stop();
  if (!state.stepper.prepared()) {
    state.stepper.prepare();
    if (const auto begun = state.ports.start(); !begun) {
      state.note(begun.error().code);
      if (state.options.event) state.options.event(EventKind::warning, begun.error().text);
      request_stop("start");
    }
  }
  const bool moved = state.stepper.round(state.phases.now());
  state.deliver_messages();
  if (moved) return true;
  state.phases.count_idle_step();
  // While elements give out what they hold, too: one of them may hold it for some time yet.
  if (const Phase now = state.phases.now(); now == Phase::running || now == Phase::flushing) {
    const Nanoseconds due = state.stepper.next_due();
    if (due <= until) {
      state.stepper.advance_to(due);
      state.resources.sweep_at(due);
      return true;
    }
    // What is still to come lies behind the end of the time that was asked for, or waits for what never
    // comes.
    if (due != Timer::kNever || state.stepper.overdue()) {
      state.resources.sweep_at(until);
      request_stop("time");
    }
  }
  state.phases.advance();
  return !state.phases.ended();
}

Result<std::vector<ParameterReport>> Run::parameters(std::string_view element) const {
  return state_->parameters.list(element);
}

Result<ParameterChange> Run::set_parameter(std::string_view name, const Value& value) {
  return state_->parameters.set(name, value);
}

std::vector<std::string> Run::resources() const {
  return state_->resources.names();
}

Result<std::vector<std::string>> Run::resource_entries(std::string_view resource) const {
  return state_->resources.entries(resource);
}

std::vector<std::string> Run::views() const {
  return view_names(state_->assembly);
}

Result<std::vector<Value::Table>> Run::view(std::string_view name) const {
  if (auto rows = view_rows(state_->assembly, name)) return *std::move(rows);
  return std::unexpected(no_such("view", name, views()));
}

Result<void> Run::add_entry(std::string_view resource, std::string_view entry) {
  return state_->resources.change(resource, [entry](Resource& table) { return table.add(entry); });
}

Result<void> Run::remove_entry(std::string_view resource, std::string_view entry) {
  return state_->resources.change(resource, [entry](Resource& table) { return table.remove(entry); });
}

const std::vector<TraceStep>& Run::trace() const noexcept {
  return state_->trace;
}

ExitCode Run::exit_code() const noexcept {
  return state_->exit_code;
}

}  // namespace ixyflow
