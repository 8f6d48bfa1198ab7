#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

namespace ixyflow::tools {

/// The address of a UNIX socket.
struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }
};

/// The address that `path` stands for. Error (usage): it is empty or too long.
Result<UnixAddress> unix_address(const std::string& path);

/// A stream socket that does not block; none on an error, which `errno` tells.
FileDescriptor unix_socket();

}  // namespace ixyflow::tools
