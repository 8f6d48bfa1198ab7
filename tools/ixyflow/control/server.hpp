#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "tools/ixyflow/control/connection.hpp"
#include "tools/ixyflow/control/listener.hpp"
#include "tools/ixyflow/control/protocol.hpp"

namespace ixyflow {
class Run;
}

namespace ixyflow::tools {

/// Answers clients of the control socket between two looks of the control thread at the run. It has no
/// thread, never blocks, and is never seen by a worker. A request for which there is no memory, or in which a
/// plugin throws, ends the connection of who made it, and nothing else.
class ControlServer {
 public:
  static constexpr std::size_t kMostClients = 16;
  /// Of those who may not change anything: the other places are for root and the user of the run.
  static constexpr std::size_t kMostReaders = 12;

  ControlServer(Listener listener, const Greeting& greeting);

  /// Takes in who wants in, reads, answers and sends, as far as that goes without waiting and for about 20
  /// ms. `now` decides about time limits.
  void serve(Run& run, SteadyTime now);
  /// How long the control thread may do something else before it serves again.
  [[nodiscard]] std::chrono::milliseconds pause(SteadyTime now) const;
  /// The run has ended: tells so to who still waits for an answer, and closes all connections. The socket
  /// stays, so that nobody takes its place, until the server goes.
  void dismiss(SteadyTime now);

  [[nodiscard]] std::size_t clients() const noexcept { return connections_.size(); }
  [[nodiscard]] const std::string& path() const noexcept { return listener_.socket.path(); }

 private:
  void receive(SteadyTime now);
  void forget_those_over(SteadyTime now);
  void accept_clients(SteadyTime now);
  void accept_client(FileDescriptor socket, SteadyTime now);
  bool make_room(bool writes, SteadyTime now);
  void answer_requests(Run& run, SteadyTime now);
  bool answer_one(Run& run, Connection& connection, SteadyTime now);

  Listener listener_;
  std::string greeting_;
  std::vector<std::unique_ptr<Connection>> connections_;
  bool more_ = false;        ///< requests wait that there was no time for
  SteadyTime active_until_;  ///< somebody is talking: look more often
  SteadyTime accept_after_;  ///< there were no descriptors left
};

}  // namespace ixyflow::tools
