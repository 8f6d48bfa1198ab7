#pragma once

#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/os/bound_socket.hpp"
#include "core/os/files/lock_file.hpp"
#include "core/os/guardian/guardian.hpp"

namespace ixyflow::tools {

/// The socket at which a run waits for clients, and the lock that goes with it: nobody else takes the socket
/// for an abandoned one before it listens, nor while the guardian of a killed run still gives devices back.
struct Listener {
  std::optional<LockFile> lock;  ///< none where there is no place for one
  GuardianAct kept_lock;
  BoundSocket socket;
};

/// With mode 0660 whatever the umask. Changes the umask for a moment: to be called while no other thread
/// makes files. Errors: those of BoundSocket.
Result<Listener> listen_for_clients(const std::string& path);

}  // namespace ixyflow::tools
