#include <fmt/core.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include <exception>
#include <thread>

#include "core/os/system_error.hpp"
#include "core/runtime/control/worker_threads.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/engine/idle_policy.hpp"
#include "core/runtime/machine/affinity.hpp"

// What a worker's thread does, from its first moment to its last.

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

void WorkerThreads::work(std::size_t index) {
  Worker& worker = *assembly_.workers[index];
  const CrashStack crash_stack;
  const WorkerMark mark(worker);
  worker.enter_thread();
  prepare(index);
  failpoint("worker-prepared");
  unprepared_.count_down();
  gate_.wait(false);
  if (sandbox_ != nullptr) sandbox_->enter_worker();
  run_rounds(index);
  failpoint("worker-ended");
  worker.detach();
  gone_[index].store(true, std::memory_order_release);
}

/// What goes wrong is a start error.
void WorkerThreads::prepare(std::size_t index) {
  const WorkerPlan& plan = assembly_.plan.workers[index];
  if (const int error = options_.pin ? bind_to_cpu(pthread_self(), plan.cpu) : 0; error != 0) {
    start_errors_[index] =
        fmt::format("core '{}' cannot be bound to CPU {}: {}", plan.name, plan.cpu, system_error_text(error));
    return;
  }
  // For top, perf and gdb; the kernel takes 15 characters.
  pthread_setname_np(pthread_self(), fmt::format("ixy:{}", plan.name).substr(0, 15).c_str());
  // By default the kernel may let a sleep take 50 us longer.
  ::prctl(PR_SET_TIMERSLACK, 1);
  try {
    assembly_.workers[index]->prepare();
  } catch (const std::exception& error) {
    start_errors_[index] = fmt::format("core '{}' cannot be prepared: {}", plan.name, error.what());
  }
}

void WorkerThreads::run_rounds(std::size_t index) {
  Worker& worker = *assembly_.workers[index];
  const bool share = assembly_.plan.oversubscribed;
  IdlePolicy idle(assembly_.pipeline.settings.idle, worker.longest_pause());
  worker.begin();
  for (Phase now; (now = phases_.now()) != Phase::ended;) {
    const bool moved = worker.round(now);
    if (const Handshake::Request request = requests_.pending(index); request != 0) [[unlikely]]
      requests_.answer(index, request);
    if (moved) {
      idle.reset();
      continue;
    }
    const Nanoseconds nap = idle.nap(worker.clock().now(), [&worker] { return worker.next_due(); });
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
}

}  // namespace ixyflow
