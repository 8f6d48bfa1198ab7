#include "core/runtime/engine/plugin_call.hpp"

#include <unistd.h>

#include <atomic>

namespace ixyflow {

namespace {

/// A process that was stopped for a while finds its first alarm due when it goes on.
constexpr int kAlarms = 2;

// A signal handler has no object that it belongs to: what it needs is here.
std::atomic<const char*> owner{nullptr};  ///< of the outermost call
std::atomic<int> alarms{0};
std::atomic<unsigned> patience{5};
int depth = 0;
static_assert(std::atomic<const char*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

}  // namespace

void PluginCall::begin() noexcept {
  if (depth++ > 0) return;
  alarms = 0;
  owner = ActivityMark::current();
  ::alarm(patience);
}

PluginCall::~PluginCall() {
  if (--depth > 0) return;
  owner = nullptr;
  ::alarm(0);
}

const char* PluginCall::overdue() noexcept {
  const char* const name = owner;
  if (name == nullptr) return nullptr;
  const char* const here = ActivityMark::current();
  if (++alarms >= kAlarms) return here != nullptr ? here : name;
  ::alarm(patience);
  return nullptr;
}

void PluginCall::set_patience(unsigned seconds) noexcept {
  patience = seconds;
}

}  // namespace ixyflow
