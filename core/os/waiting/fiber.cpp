#include "core/os/waiting/fiber.hpp"

#include <sys/mman.h>
#include <ucontext.h>

#include <cstddef>
#include <utility>

#include "core/os/waiting/time_budget.hpp"

// Of the run-time libraries of AddressSanitizer and ThreadSanitizer, where there is one: they must be told
// that the stack changes.
extern "C" {
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t bytes);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, std::size_t* bytes);
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void* __tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}

namespace ixyflow {

namespace {

/// What a conversation needs, messages to the operator included; with sanitizers it needs much more.
constexpr std::size_t kStackBytes = 512 * 1024;
constexpr std::size_t kGuardBytes = 64 * 1024;  ///< in front of it, where a page has as much

thread_local Fiber* current_fiber = nullptr;

}  // namespace

/// The memory of a stack, and where each side goes on.
struct Fiber::Stack {
  Stack() noexcept
      : memory(::mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) {
    if (memory == MAP_FAILED) return;
    ::mprotect(memory, kGuardBytes, PROT_NONE);
    ::getcontext(&own);
    own.uc_stack.ss_sp = bottom();
    own.uc_stack.ss_size = kStackBytes;
    own.uc_link = nullptr;
    ::makecontext(&own, &Fiber::enter, 0);
    if (__tsan_create_fiber != nullptr) own_tsan = __tsan_create_fiber(0);
  }
  ~Stack() {
    if (memory == MAP_FAILED) return;
    if (__tsan_destroy_fiber != nullptr) __tsan_destroy_fiber(own_tsan);
    ::munmap(memory, kGuardBytes + kStackBytes);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  [[nodiscard]] void* bottom() const noexcept { return static_cast<std::byte*>(memory) + kGuardBytes; }

  /// From the thread onto the fiber, until that switches back.
  void switch_in() noexcept {
    void* fake = nullptr;
    if (__sanitizer_start_switch_fiber != nullptr)
      __sanitizer_start_switch_fiber(&fake, bottom(), kStackBytes);
    if (__tsan_switch_to_fiber != nullptr) {
      caller_tsan = __tsan_get_current_fiber();
      __tsan_switch_to_fiber(own_tsan, 0);
    }
    ::swapcontext(&caller, &own);
    if (__sanitizer_finish_switch_fiber != nullptr) __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
  }
  /// Back, until the fiber is gone on with; `last`: never.
  void switch_out(bool last) noexcept {
    void* fake = nullptr;
    if (__sanitizer_start_switch_fiber != nullptr)
      __sanitizer_start_switch_fiber(last ? nullptr : &fake, caller_bottom, caller_bytes);
    if (__tsan_switch_to_fiber != nullptr) __tsan_switch_to_fiber(caller_tsan, 0);
    ::swapcontext(&own, &caller);
    arrived(fake);
  }
  void arrived(void* fake) noexcept {
    if (__sanitizer_finish_switch_fiber != nullptr)
      __sanitizer_finish_switch_fiber(fake, &caller_bottom, &caller_bytes);
  }

  void* memory;
  ucontext_t own{};
  ucontext_t caller{};
  const void* caller_bottom = nullptr;
  std::size_t caller_bytes = 0;
  void* own_tsan = nullptr;
  void* caller_tsan = nullptr;
  TimeBudget* budget = nullptr;  ///< of the work, while it is not running
};

Fiber::Fiber() noexcept = default;

Fiber::~Fiber() {
  finish({});
  if (!stack_) return;
  // Without work the stack is left for good, which ends what a sanitizer keeps for it.
  work_ = nullptr;
  go_on();
}

void Fiber::start(std::function<void()> work) {
  if (!stack_) stack_ = std::make_unique<Stack>();
  if (stack_->memory == MAP_FAILED) {
    stack_.reset();
    return work();
  }
  work_ = std::move(work);
  under_way_ = true;
  go_on();
}

void Fiber::go_on() {
  Fiber* const outer = std::exchange(current_fiber, this);
  TimeBudget* const outer_budget = TimeBudget::exchange(stack_->budget);
  turn_end_ = std::chrono::steady_clock::now() + kTurn;
  stack_->switch_in();
  stack_->budget = TimeBudget::exchange(outer_budget);
  current_fiber = outer;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Fiber::finish(Time until) {
  if (!under_way_) return;
  TimeBudget::shorten(stack_->budget, until);
  stays_ = true;
  go_on();
  stays_ = false;
}

/// The first function on the stack. It never returns, because there is nowhere to return to.
void Fiber::enter() noexcept {
  current_fiber->stack_->arrived(nullptr);
  while (current_fiber->work_) {
    current_fiber->work();
    current_fiber->stack_->switch_out(false);
  }
  current_fiber->stack_->switch_out(true);
}

void Fiber::work() noexcept {
  try {
    work_();
  } catch (...) {
    thrown_ = std::current_exception();
  }
  under_way_ = false;
}

Fiber::Time Fiber::turn_end() noexcept {
  return current_fiber != nullptr && !current_fiber->stays_ ? current_fiber->turn_end_ : Time::max();
}

void Fiber::leave() noexcept {
  if (current_fiber != nullptr && !current_fiber->stays_) current_fiber->stack_->switch_out(false);
}

}  // namespace ixyflow
