#include "core/sandbox/refused_calls.hpp"

#include <fmt/format.h>
#include <seccomp.h>
#include <signal.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace ixyflow {

namespace {

#ifndef SYS_SECCOMP
constexpr int kBySeccomp = 1;  // si_code of a SIGSYS by a filter
#else
constexpr int kBySeccomp = SYS_SECCOMP;
#endif

struct Note {
  std::atomic<bool> refused{false};
  std::atomic<const char*> by{nullptr};
};

// A signal handler has no object that it belongs to: what it needs is here.
std::array<Note, 512> notes;  // by number of the call; the last one also stands for what is beyond
std::array<bool, 512> told{};
std::atomic<bool> any{false};
std::atomic<AtWork> where{nullptr};
struct sigaction before {};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<AtWork>::is_always_lock_free);

/// What the refused call gives back when the thread goes on.
void set_result(void* context, int result) noexcept {
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  machine.gregs[REG_RAX] = result;
#elif defined(__aarch64__)
  machine.regs[0] = static_cast<unsigned long long>(static_cast<long long>(result));
#endif
}

void on_refused(int number, siginfo_t* info, void* context) {
  if (info->si_code != kBySeccomp) {
    // Somebody sent it: then comes what would have come without this.
    ::sigaction(number, &before, nullptr);
    ::raise(number);
    return;
  }
  const auto call = static_cast<std::size_t>(static_cast<unsigned>(info->si_syscall));
  Note& note = notes[std::min(call, notes.size() - 1)];
  const AtWork at_work = where.load();
  const char* nobody = nullptr;
  if (!note.refused.load()) note.by.compare_exchange_strong(nobody, at_work != nullptr ? at_work() : nullptr);
  note.refused = true;
  any = true;
  set_result(context, -EPERM);
}

std::string name_of(std::size_t call) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(call));
  std::string text = name != nullptr ? name : fmt::format("{}", call);
  std::free(name);
  return text;
}

}  // namespace

void note_refused_calls(AtWork at_work) {
  where = at_work;
  struct sigaction action {};
  action.sa_sigaction = on_refused;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  struct sigaction now {};
  ::sigaction(SIGSYS, &action, &now);
  if (now.sa_sigaction != on_refused) before = now;
}

std::vector<RefusedCall> take_refused_calls() {
  std::vector<RefusedCall> calls;
  if (!any.exchange(false)) return calls;
  for (std::size_t call = 0; call < notes.size(); ++call) {
    if (told[call] || !notes[call].refused.load()) continue;
    told[call] = true;
    const char* by = notes[call].by.load();
    calls.push_back({name_of(call), by != nullptr ? by : ""});
  }
  return calls;
}

}  // namespace ixyflow
