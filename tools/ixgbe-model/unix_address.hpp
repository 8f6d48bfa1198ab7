#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "core/base/result.hpp"

namespace ixyflow::model {

/// The address of a UNIX socket.
struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = sizeof(sockaddr_un);

  /// Error (usage): no path that a socket can have.
  static Result<UnixAddress> of(const std::string& path);

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }
};

}  // namespace ixyflow::model
