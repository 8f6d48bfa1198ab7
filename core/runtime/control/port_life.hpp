#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/base/messages/event.hpp"
#include "core/base/result.hpp"
#include "core/base/rights.hpp"
#include "core/base/steady_clock.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/report/port_events.hpp"

namespace ixyflow {

/// The control thread's part in the life of a run's ports (see Port): open, start, supervise, stop, close. It
/// knows how far each has come, so that after any failure exactly that is undone.
class PortLife {
 public:
  /// `event` may be empty; it must outlive this.
  PortLife(Assembly& assembly, const EventSink& event);

  /// Opens all and lets them use packet memory. After an error `close` gives back what was opened.
  Result<void> open();
  /// Once all queues are attached. After an error `stop` must be called all the same.
  Result<void> start();
  /// Whether what they are given would leave, of all.
  [[nodiscard]] bool ready() const;
  /// What all of them need from now on.
  [[nodiscard]] Rights needs() const;
  /// Looks after devices, when it is time to, or `at_once`.
  void supervise(SteadyClock::time_point now, bool at_once = false);
  /// Keeps devices from touching memory, and tells what was left out of their events. As often as wanted.
  void stop() noexcept;

  struct Closed {
    ExitCode code = ExitCode::ok;     ///< of the errors, that which says most
    std::vector<std::string> errors;  ///< by port; empty: none
  };
  /// `user` names the core that still uses a port and will not let go of it, which is then left open; it may
  /// be empty.
  Closed close(const std::function<std::string(const Port&)>& user);

 private:
  Result<void> use_memory(std::size_t index);

  Assembly& assembly_;
  std::vector<std::string> names_;  ///< by port: "port 'wan'"
  std::vector<PortEvents> events_;  ///< by port
  std::size_t open_ = 0;            ///< so many ports are open
  std::size_t started_ = 0;         ///< and so many started and not yet stopped
  SteadyClock::time_point next_supervision_;
};

/// The code of two failures that counts for the exit of the program: a failed output before anything else,
/// because then data is missing, else the first.
[[nodiscard]] inline ExitCode graver(ExitCode first, ExitCode second) noexcept {
  return first == ExitCode::ok || second == ExitCode::output ? second : first;
}

}  // namespace ixyflow
