#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/os/bound_socket.hpp"

namespace ixyflow::tools {

/// The socket at which a run waits for clients, with mode 0660 whatever the umask. Changes the umask for a
/// moment: to be called while no other thread runs. Errors: those of BoundSocket; again (another instance is
/// being started in the same directory).
Result<BoundSocket> listen_for_clients(const std::string& path);

}  // namespace ixyflow::tools
