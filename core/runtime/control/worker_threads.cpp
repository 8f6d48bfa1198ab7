#include <fmt/core.h>
#include <sys/prctl.h>
#include <time.h>

#include <exception>
#include <thread>

#include "core/os/system_error.hpp"
#include "core/runtime/control/run_state.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/engine/idle_policy.hpp"
#include "core/runtime/machine/affinity.hpp"

namespace ixyflow {

namespace {

/// Lets a hyper-thread sibling have the core for a moment.
void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void sleep_for(Nanoseconds time) noexcept {
  const timespec pause{0, time};
  nanosleep(&pause, nullptr);
}

}  // namespace

void Run::State::start_watchdog() {
  std::vector<Watchdog::Subject> subjects;
  for (std::size_t i = 0; i < threads.size(); ++i)
    subjects.push_back(
        {assembly.plan.workers[i].name, assembly.plan.workers[i].cpu, threads[i].native_handle()});
  watchdog.emplace(std::move(subjects), options.pin, *handshake, options.event);
}

/// On the worker's thread; what goes wrong is a start error.
void Run::State::prepare(std::size_t index) {
  const WorkerPlan& plan = assembly.plan.workers[index];
  if (const int error = options.pin ? bind_to_cpu(pthread_self(), plan.cpu) : 0; error != 0) {
    start_errors[index] =
        fmt::format("core '{}' cannot be bound to CPU {}: {}", plan.name, plan.cpu, system_error_text(error));
    return;
  }
  // For top, perf and gdb; the kernel takes 15 characters.
  pthread_setname_np(pthread_self(), fmt::format("ixy:{}", plan.name).substr(0, 15).c_str());
  // By default the kernel may let a sleep take 50 us longer.
  ::prctl(PR_SET_TIMERSLACK, 1);
  try {
    assembly.workers[index]->prepare();
  } catch (const std::exception& error) {
    start_errors[index] = fmt::format("core '{}' cannot be prepared: {}", plan.name, error.what());
  }
}

void Run::State::work(std::size_t index) {
  Worker& worker = *assembly.workers[index];
  const CrashStack crash_stack(worker);
  worker.enter_thread();
  prepare(index);
  failpoint("worker-prepared");
  ready->count_down();
  go.wait(false);

  const bool share = assembly.plan.oversubscribed;
  Rest rest(assembly.pipeline.settings.idle, worker.longest_pause());
  worker.begin();
  for (Phase now; (now = phase.load(std::memory_order_acquire)) != Phase::ended;) {
    const bool moved = worker.round(now);
    if (const Handshake::Request request = handshake->pending(index); request != 0) [[unlikely]]
      answer(index, request);
    if (moved) {
      rest.reset();
      continue;
    }
    const Nanoseconds nap = rest.nap(worker.clock().now(), [&worker] { return worker.next_due(); });
    if (nap > 0) {
      worker.ask_transmitters();
      sleep_for(nap);
    } else if (share) {
      std::this_thread::yield();
    } else {
      relax();
    }
  }
  worker.end();
  failpoint("worker-ended");
  worker.detach();
  gone[index].store(true, std::memory_order_release);
}

}  // namespace ixyflow
