#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/os/bound_socket.hpp"
#include "tools/ixyflow/control/connection.hpp"

namespace ixyflow {
class Run;
}

namespace ixyflow::tools {

/// Answers clients of the control socket between two looks of the control thread at the run. It has no
/// thread, never blocks, and is never seen by a worker.
class ControlServer {
 public:
  static constexpr std::size_t kMostClients = 16;
  /// A client that was silent for so long gives way when there are too many.
  static constexpr std::chrono::seconds kIdle{10};

  ControlServer(BoundSocket listener, const std::string& pipeline);

  /// Takes in who wants in, reads, answers and sends, as far as that goes without waiting and for about 20
  /// ms. `now` decides about time limits.
  void serve(Run& run, SteadyTime now);
  /// How long the control thread may do something else before it serves again.
  [[nodiscard]] std::chrono::milliseconds pause(SteadyTime now) const;
  /// The run has ended: tells so to who still waits for an answer, and closes all connections. The socket
  /// stays, so that nobody takes its place, until the server goes.
  void dismiss(SteadyTime now);

  [[nodiscard]] std::size_t clients() const noexcept { return connections_.size(); }
  [[nodiscard]] const std::string& path() const noexcept { return listener_.path(); }

 private:
  void receive(SteadyTime now);
  void forget_those_over(SteadyTime now);
  void accept_clients(SteadyTime now);
  bool make_room(SteadyTime now);
  void answer_requests(Run& run, SteadyTime now);

  BoundSocket listener_;
  std::string greeting_;
  std::vector<std::unique_ptr<Connection>> connections_;
  bool more_ = false;        ///< requests wait that there was no time for
  SteadyTime active_until_;  ///< somebody is talking: look more often
  SteadyTime accept_after_;  ///< there were no descriptors left
};

}  // namespace ixyflow::tools
