#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow {

/// The address of a UNIX socket.
struct IXYFLOW_API UnixAddress {
  sockaddr_un address{};
  socklen_t length = sizeof(sockaddr_un);

  /// The address that `path` stands for. Error (usage): it is empty, too long, or has a NUL in it.
  static Result<UnixAddress> of(const std::string& path);

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }
};

/// A socket of `type` (SOCK_STREAM, SOCK_DGRAM) that does not block; none on an error, which `errno` tells.
IXYFLOW_API FileDescriptor unix_socket(int type) noexcept;

}  // namespace ixyflow
