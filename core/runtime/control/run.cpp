#include "core/runtime/control/run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <thread>

#include "core/os/system_error.hpp"
#include "core/runtime/control/run_state.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/report/bottleneck.hpp"

namespace ixyflow {

namespace {

constexpr auto kSnapshotTime = std::chrono::milliseconds(100);
/// Between two looks of the control thread: a short run shall end at once, a long one shall not be disturbed.
constexpr auto kShortestLook = std::chrono::microseconds(200);
constexpr auto kLongestLook = std::chrono::milliseconds(2);
constexpr int kLooks = 100;  ///< so many in the time that the run has lasted
/// A worker that lost its CPU to a real-time thread gets a twentieth of a second of it every second.
constexpr auto kJoinTime = std::chrono::seconds(2);
constexpr auto kJoinLook = std::chrono::microseconds(50);
/// Between two looks after devices: short enough to see a link that comes and goes.
constexpr auto kSupervision = std::chrono::milliseconds(2);
constexpr auto kReadyTime = std::chrono::seconds(3);

std::unexpected<Error> fail_port(const PortNode& port, const Error& error) {
  return fail(error.code, fmt::format("port '{}': {}", port.name, error.text));
}

}  // namespace

Result<void> Run::State::open_ports() {
  for (std::size_t i = 0; i < assembly.pipeline.ports.size(); ++i) {
    PortNode& node = assembly.pipeline.ports[i];
    node.port->use_queues(assembly.plan.port_queues[i].receive, assembly.plan.port_queues[i].transmit);
    if (auto opened = node.port->open(); !opened) return fail_port(node, opened.error());
    ++ports_open;
    if (auto used = let_port_use_memory(i); !used) return fail_port(node, used.error());
    failpoint("port-open");
  }
  return {};
}

Result<void> Run::State::let_port_use_memory(std::size_t index) {
  std::vector<const DmaMemory*> all;
  for (const DmaMemory& memory : assembly.memory) all.push_back(&memory);
  const auto own = std::ranges::find(assembly.memory, assembly.plan.memory_of_port[index], &DmaMemory::node);
  if (own == assembly.memory.end()) return {};
  return assembly.pipeline.ports[index].port->use_memory(all, *own);
}

/// Once all queues are attached. Who was started must be stopped, whatever comes.
Result<void> Run::State::start_ports() {
  for (PortNode& node : assembly.pipeline.ports) {
    ++ports_started;
    if (auto begun = node.port->start(); !begun) return fail_port(node, begun.error());
  }
  return {};
}

/// Gives links their time to come up.
void Run::State::await_ready_ports() {
  const auto is_ready = [](const PortNode& node) { return node.port->ready(); };
  const auto until = SteadyClock::now() + kReadyTime;
  while (!std::ranges::all_of(assembly.pipeline.ports, is_ready) && stop_reason.load() == nullptr) {
    const auto now = SteadyClock::now();
    if (now > until) return;
    supervise_ports(now);
    std::this_thread::sleep_for(kSupervision);
  }
}

void Run::State::stop_ports() noexcept {
  for (; ports_started > 0; --ports_started) assembly.pipeline.ports[ports_started - 1].port->stop();
}

void Run::State::supervise_ports(SteadyClock::time_point now) {
  if (ports_started == 0 || now < next_supervision) return;
  next_supervision = now + kSupervision;
  for (PortNode& node : assembly.pipeline.ports)
    node.port->supervise([&](EventKind kind, std::string_view text) {
      if (options.event) options.event(kind, fmt::format("port '{}': {}", node.name, text));
    });
}

Result<std::unique_ptr<Run>> Run::create(Pipeline pipeline, Plan plan, RunOptions options) {
  auto state = std::make_unique<State>();
  state->assembly.pipeline = std::move(pipeline);
  state->assembly.plan = std::move(plan);
  state->options = std::move(options);
  if (auto assembled = assemble(state->assembly, state->options); !assembled)
    return std::unexpected(assembled.error());
  failpoint("assembled");
  if (auto opened = state->open_ports(); !opened) {
    state->close_ports(nullptr);
    return std::unexpected(opened.error());
  }
  failpoint("ports-open");
  const std::size_t workers = state->assembly.workers.size();
  state->handshake.emplace(workers);
  state->changes.resize(workers);
  state->start_errors.resize(workers);
  for (std::size_t i = 0; i < workers; ++i) state->snapshots.push_back(state->numbers_of(i));
  return std::unique_ptr<Run>(new Run(std::move(state)));
}

Run::Run(std::unique_ptr<State> state) : state_(std::move(state)) {}

Run::~Run() {
  if (!state_->finished) finish();
  if (state_->stuck.empty()) return;
  // Reachable for ever, which tells tools that look for leaks that it is meant.
  static auto& left_behind = *new std::vector<std::unique_ptr<State>>;
  left_behind.push_back(std::move(state_));
}

Result<void> Run::start() {
  State& state = *state_;
  const std::size_t workers = state.assembly.workers.size();
  failpoint("starting");
  state.ready.emplace(static_cast<std::ptrdiff_t>(workers));
  state.gone.resize(workers);
  state.crash_reports.emplace();
  state.started = SteadyClock::now();
  try {
    for (std::size_t i = 0; i < workers; ++i) state.threads.emplace_back([&state, i] { state.work(i); });
  } catch (const std::system_error& error) {
    state.stop_threads();
    return fail(ExitCode::configuration, fmt::format("a worker thread cannot be started: {}",
                                                     system_error_text(error.code().value())));
  }
  if (!state.await_prepared()) {
    state.stop_threads();
    if (!state.stuck.empty())
      return fail(ExitCode::internal, fmt::format("{} did not start: stopped, or kept from the CPU",
                                                  state.names_of(state.stuck)));
  }
  failpoint("prepared");
  for (const std::string& error : state.start_errors) {
    if (error.empty()) continue;
    state.stop_threads();
    return fail(ExitCode::configuration, error);
  }
  if (auto begun = state.start_ports(); !begun) {
    state.stop_threads();
    return begun;
  }
  state.await_ready_ports();
  state.started = SteadyClock::now();
  state.start_watchdog();
  state.release_workers();
  failpoint("running");
  return {};
}

/// Until every worker is prepared. Elements may take their time, but not for ever once a stop is asked for.
bool Run::State::await_prepared() {
  auto until = SteadyClock::time_point::max();
  while (!ready->try_wait()) {
    if (SteadyClock::now() > until) return false;
    if (until == SteadyClock::time_point::max() && stop_reason.load() != nullptr)
      until = SteadyClock::now() + kJoinTime;
    std::this_thread::sleep_for(kJoinLook);
  }
  return true;
}

Numbers Run::State::numbers_of(std::size_t index) const {
  Numbers numbers;
  list_numbers(assembly, index, [&numbers](std::uint64_t number) { numbers.push_back(number); });
  return numbers;
}

Handshake::Request Run::State::ask(bool numbers) {
  const Handshake::Request request = handshake->ask(numbers);
  for (std::size_t i = 0; threads.empty() && i < handshake->workers(); ++i) answer(i, request);
  return request;
}

/// On the worker, at a round boundary. The list has its final length since the start: nothing is allocated.
void Run::State::answer(std::size_t index, Handshake::Request request) {
  take_over(index);
  if (Handshake::wants_numbers(request)) {
    std::size_t at = 0;
    list_numbers(assembly, index, [&](std::uint64_t number) { snapshots[index][at++] = number; });
  }
  handshake->answer(index, request);
}

bool Run::wait(Duration timeout) {
  State& state = *state_;
  const auto until = SteadyClock::now() + std::chrono::nanoseconds(timeout.ns);
  for (;;) {
    state.advance_phase();
    state.deliver_messages();
    state.free_retired();
    if (state.phase == Phase::ended) return true;
    const auto now = SteadyClock::now();
    if (state.watchdog) state.watchdog->look(now);
    state.supervise_ports(now);
    if (now >= until) return false;
    const auto look =
        std::clamp<SteadyClock::duration>((now - state.started) / kLooks, kShortestLook, kLongestLook);
    std::this_thread::sleep_for(std::min<SteadyClock::duration>(look, until - now));
  }
}

void Run::request_stop(const char* reason) noexcept {
  const char* none = nullptr;
  state_->stop_reason.compare_exchange_strong(none, reason);
}

RunReport Run::snapshot() {
  State& state = *state_;
  const Handshake::Request request = state.ask(/*numbers=*/true);
  const auto until = SteadyClock::now() + kSnapshotTime;
  std::vector<Numbers> numbers;
  std::vector<bool> stale;
  for (std::size_t i = 0; i < state.snapshots.size(); ++i) {
    while (!state.handshake->answered(i, request) && SteadyClock::now() < until)
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    stale.push_back(!state.handshake->answered(i, request));
    // A late worker may write its numbers at this moment: they are left alone, and its last known ones are
    // not shown.
    numbers.push_back(stale.back() ? Numbers() : state.snapshots[i]);
  }
  RunReport report = make_report(state.assembly, numbers);
  for (std::size_t i = 0; i < stale.size(); ++i) report.workers[i].stale = stale[i];
  report.seconds = std::chrono::duration<double>(SteadyClock::now() - state.started).count();
  report.bottleneck = find_bottleneck(report);
  return report;
}

bool Run::step(Nanoseconds until) {
  State& state = *state_;
  if (state.phase == Phase::ended) return false;
  const bool moved = state.step_workers();
  state.deliver_messages();
  if (moved) return true;
  ++state.idle_steps;
  if (state.phase == Phase::running) {
    const Nanoseconds due = state.next_due();
    if (due <= until) {
      for (const auto& worker : state.assembly.workers) worker->clock().advance_to(due);
      return true;
    }
    // What is still to come lies behind the end of the time that was asked for.
    if (due != Timer::kNever) request_stop("time");
  }
  state.advance_phase();
  return state.phase != Phase::ended;
}

/// Joins the workers. One that stands still (stopped by a debugger, kept from its CPU, caught in an element)
/// is left behind, because it must not keep the process from ending.
void Run::State::stop_threads() {
  stop_ports();
  if (threads.empty()) return;
  phase.store(Phase::ended, std::memory_order_release);
  release_workers();
  const auto until = SteadyClock::now() + kJoinTime;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    while (!gone[i].load(std::memory_order_acquire) && SteadyClock::now() < until)
      std::this_thread::sleep_for(kJoinLook);
    if (gone[i].load(std::memory_order_acquire)) {
      threads[i].join();
    } else {
      threads[i].detach();
      stuck.push_back(i);
    }
  }
  threads.clear();
  watchdog.reset();
  if (stuck.empty()) crash_reports.reset();
}

bool Run::State::is_stuck(std::size_t worker) const noexcept {
  return std::ranges::find(stuck, worker) != stuck.end();
}

std::string Run::State::held_by_stuck(const Port& port) const {
  for (const std::size_t index : stuck)
    for (const QueueUse& use : assembly.workers[index]->queues())
      if (use.port == &port) return assembly.plan.workers[index].name;
  return {};
}

void Run::State::close_ports(RunReport* report) {
  for (std::size_t i = 0; i < ports_open; ++i) {
    PortNode& node = assembly.pipeline.ports[i];
    const std::string user = held_by_stuck(*node.port);
    const Result<void> closed =
        user.empty()
            ? node.port->close()
            : fail(ExitCode::internal, fmt::format("not closed, because core '{}' still has it", user));
    if (closed) continue;
    if (report != nullptr) report->ports[i].error = closed.error().text;
    if (exit_code == ExitCode::ok || closed.error().code == ExitCode::output) exit_code = closed.error().code;
  }
  ports_open = 0;
}

RunReport Run::finish() {
  State& state = *state_;
  state.finished = true;
  const bool threaded = !state.threads.empty();
  if (state.ended == SteadyClock::time_point()) state.ended = SteadyClock::now();
  state.stop_threads();
  failpoint("joined");
  if (!threaded && state.prepared)
    for (const auto& worker : state.assembly.workers) worker->detach();
  state.deliver_messages();

  RunReport errors;
  errors.ports.resize(state.assembly.pipeline.ports.size());
  state.close_ports(&errors);
  failpoint("ports-closed");

  std::vector<Numbers> numbers;
  for (std::size_t i = 0; i < state.assembly.workers.size(); ++i)
    numbers.push_back(state.is_stuck(i) ? Numbers() : state.numbers_of(i));
  RunReport report = make_report(state.assembly, numbers);
  report.bottleneck = find_bottleneck(report);
  report.seconds = std::chrono::duration<double>(state.ended - state.started).count();
  const char* reason = state.stop_reason.load();
  report.stopped_by = reason != nullptr ? reason : "end";
  for (std::size_t i = 0; i < report.ports.size(); ++i) report.ports[i].error = errors.ports[i].error;
  const bool home = state.count_buffers(report);
  if (state.exit_code == ExitCode::ok && (!home || !report.ledger.balanced()))
    state.exit_code = ExitCode::internal;
  state.collect_trace();
  return report;
}

/// Whether every buffer came home, as far as workers can be asked.
bool Run::State::count_buffers(RunReport& report) const {
  bool home = stuck.empty();
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    WorkerReport& worker = report.workers[i];
    worker.stale = is_stuck(i);
    if (worker.stale) continue;
    worker.buffers_free = assembly.workers[i]->pool().available();
    home &= worker.buffers_free == worker.buffers;
  }
  return home;
}

void Run::State::collect_trace() {
  std::vector<Trace::Step> steps;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    if (is_stuck(i)) continue;
    const auto& own = assembly.workers[i]->trace().steps();
    steps.insert(steps.end(), own.begin(), own.end());
  }
  std::sort(steps.begin(), steps.end(), [](const Trace::Step& a, const Trace::Step& b) {
    return std::pair(a.step.packet, a.order) < std::pair(b.step.packet, b.order);
  });
  for (Trace::Step& step : steps) trace.push_back(std::move(step.step));
}

const std::vector<TraceStep>& Run::trace() const noexcept {
  return state_->trace;
}

ExitCode Run::exit_code() const noexcept {
  return state_->exit_code;
}

}  // namespace ixyflow
