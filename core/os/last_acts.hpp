#pragma once

#include "core/base/api.hpp"

namespace ixyflow {

/// What must still be done when the process ends all of a sudden: at a second SIGINT, or in a crash. It runs
/// in a signal handler of any thread while others go on: only what is async-signal-safe, and only once.
class IXYFLOW_API LastAct {
 public:
  using Act = void (*)(void* subject) noexcept;

  /// Registers `act` for `subject` until this object is gone. Of more than 64 at a time the rest is not
  /// called.
  LastAct(Act act, void* subject) noexcept;
  ~LastAct();
  LastAct(const LastAct&) = delete;
  LastAct& operator=(const LastAct&) = delete;

 private:
  int slot_ = -1;
};

/// Calls all of them. Async-signal-safe.
IXYFLOW_API void perform_last_acts() noexcept;

}  // namespace ixyflow
