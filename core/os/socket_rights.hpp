#pragma once

#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// Who may connect to a socket that we listen on, as a file's owner would say it. What is empty stays as the
/// umask and the user of the process have it.
struct IXYFLOW_API SocketRights {
  std::string mode;   ///< octal, as for chmod(1): "0660"
  std::string owner;  ///< a name or a number
  std::string group;

  [[nodiscard]] bool empty() const noexcept { return mode.empty() && owner.empty() && group.empty(); }
  /// Gives them to the socket at `path`. Errors: configuration (no such user or group, no such mode), refused
  /// (they may not be given, or there is no socket).
  [[nodiscard]] Result<void> give_to(const std::string& path) const;
};

}  // namespace ixyflow
