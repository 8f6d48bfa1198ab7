#include "core/runtime/control/worker_threads.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/os/system_error.hpp"
#include "core/runtime/control/names.hpp"
#include "core/runtime/engine/failpoint.hpp"

namespace ixyflow {

namespace {

/// A worker that lost its CPU to a real-time thread gets a twentieth of a second of it every second.
constexpr auto kJoinTime = std::chrono::seconds(2);
constexpr auto kJoinLook = std::chrono::microseconds(50);

}  // namespace

WorkerThreads::WorkerThreads(Assembly& assembly, const RunOptions& options, PhaseControl& phases,
                             WorkerRequests& requests)
    : assembly_(assembly),
      options_(options),
      phases_(phases),
      requests_(requests),
      start_errors_(assembly.workers.size()),
      unprepared_(static_cast<std::ptrdiff_t>(assembly.workers.size())),
      gone_(assembly.workers.size()) {}

Result<void> WorkerThreads::start() {
  crash_reports_.emplace();
  try {
    for (std::size_t i = 0; i < assembly_.workers.size(); ++i) threads_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error& error) {
    stop();
    return fail(ExitCode::configuration, fmt::format("a worker thread cannot be started: {}",
                                                     system_error_text(error.code().value())));
  }
  if (!await_prepared()) {
    stop();
    if (!stuck_.empty())
      return fail(ExitCode::internal, fmt::format("{} did not start: stopped, or kept from the CPU",
                                                  core_names(assembly_.plan, stuck_)));
  }
  failpoint("prepared");
  for (const std::string& error : start_errors_) {
    if (error.empty()) continue;
    stop();
    return fail(ExitCode::configuration, error);
  }
  return {};
}

/// Until every worker is prepared. Elements may take their time, but not for ever once a stop is asked for.
bool WorkerThreads::await_prepared() {
  auto until = SteadyClock::time_point::max();
  while (!unprepared_.try_wait()) {
    if (SteadyClock::now() > until) return false;
    if (until == SteadyClock::time_point::max() && phases_.stop_reason() != nullptr)
      until = SteadyClock::now() + kJoinTime;
    std::this_thread::sleep_for(kJoinLook);
  }
  return true;
}

void WorkerThreads::open_gate() noexcept {
  gate_ = true;
  gate_.notify_all();
}

void WorkerThreads::release(Sandbox* sandbox) {
  sandbox_ = sandbox;
  requests_.set_threaded(true);
  std::vector<Watchdog::Subject> subjects;
  for (std::size_t i = 0; i < threads_.size(); ++i)
    subjects.push_back({assembly_.plan.workers[i].name, assembly_.plan.workers[i].cpu,
                        threads_[i].native_handle(), assembly_.workers[i].get()});
  watchdog_.emplace(std::move(subjects), options_.pin, requests_.handshake(), options_.event);
  open_gate();
}

void WorkerThreads::watch(SteadyClock::time_point now) {
  if (watchdog_) watchdog_->look(now);
}

void WorkerThreads::stop() {
  if (threads_.empty()) return;
  phases_.end();
  open_gate();
  const auto until = SteadyClock::now() + kJoinTime;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    while (!gone_[i].load(std::memory_order_acquire) && SteadyClock::now() < until)
      std::this_thread::sleep_for(kJoinLook);
    if (gone_[i].load(std::memory_order_acquire)) {
      threads_[i].join();
    } else {
      threads_[i].detach();
      stuck_.push_back(i);
    }
  }
  threads_.clear();
  requests_.set_threaded(false);
  watchdog_.reset();
  if (stuck_.empty()) crash_reports_.reset();
}

bool WorkerThreads::is_stuck(std::size_t worker) const noexcept {
  return std::ranges::find(stuck_, worker) != stuck_.end();
}

std::string WorkerThreads::stuck_user_of(const Port& port) const {
  for (const std::size_t index : stuck_)
    for (const QueueUse& use : assembly_.workers[index]->queues())
      if (use.port == &port) return assembly_.plan.workers[index].name;
  return {};
}

}  // namespace ixyflow
