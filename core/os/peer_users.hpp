#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// The number of the user called `name`, which may be a number itself. Error (configuration): there is none.
IXYFLOW_API Result<uid_t> user_number(const std::string& name);
/// The same for a group.
IXYFLOW_API Result<gid_t> group_number(const std::string& name);

/// Who may be at the other end of a UNIX socket: root, the user of this process, and one more.
class IXYFLOW_API PeerUsers {
 public:
  /// `user`: a name or a number, or "" for nobody else. Error (configuration): there is no such user.
  static Result<PeerUsers> of(const std::string& user);

  /// Error (refused): the other end of the connected socket belongs to somebody else (unix(7), SO_PEERCRED:
  /// of a socket that was connected to, who began to listen there). `path` is what messages call it.
  [[nodiscard]] Result<void> check(int socket, const std::string& path) const;

 private:
  std::optional<uid_t> user_;
};

}  // namespace ixyflow
