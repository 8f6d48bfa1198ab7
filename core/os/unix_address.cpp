#include "core/os/unix_address.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstring>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

Result<UnixAddress> UnixAddress::of(const std::string& path) {
  UnixAddress result;
  constexpr std::size_t kLongest = sizeof(result.address.sun_path) - 1;
  if (path.empty() || path.size() > kLongest || path.find('\0') != std::string::npos)
    return fail(ExitCode::usage, fmt::format("'{}' is no path of a socket: it has 1 to {} bytes, not {}",
                                             printable(path, 60), kLongest, path.size()));
  result.address.sun_family = AF_UNIX;
  std::memcpy(result.address.sun_path, path.data(), path.size());
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return result;
}

FileDescriptor unix_socket(int type) noexcept {
  return FileDescriptor(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace ixyflow
