#include "drivers/virtio/socket/endpoint.hpp"

#include <fmt/core.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow::drivers::vhost_user {

Result<Endpoint> Endpoint::listen(const std::string& path, const SocketRights& rights,
                                  const PeerUsers& peers) {
  auto bound = BoundSocket::open(path, SOCK_STREAM, "is in use by another process", rights);
  if (!bound) return std::unexpected(bound.error());
  Endpoint endpoint(path, peers);
  endpoint.listener_.emplace(std::move(*bound));
  return endpoint;
}

Result<Endpoint> Endpoint::go(const std::string& path, const PeerUsers& peers) {
  const auto address = UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  Endpoint endpoint(path, peers);
  endpoint.address_ = *address;
  return endpoint;
}

FileDescriptor Endpoint::meet() noexcept {
  if (listener_)
    return FileDescriptor(::accept4(listener_->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  FileDescriptor socket = unix_socket(SOCK_STREAM);
  if (!socket.open() || ::connect(socket.get(), address_.get(), address_.length) == 0) return socket;
  const int error = errno;
  socket.reset();
  errno = error;
  return socket;
}

Error cannot_meet(const std::string& path, int error) {
  const std::string shown = printable(path);
  switch (error) {
    case ENOENT:
      return {ExitCode::unavailable, fmt::format("there is no socket '{}'", shown)};
    case ECONNREFUSED:
      return {ExitCode::unavailable, fmt::format("nobody listens at '{}', or it is no socket", shown)};
    case EAGAIN:  // of connect(2): not a limit of ours
      return {ExitCode::unavailable,
              fmt::format("'{}' lets nobody in: its queue of connections is full", shown)};
    case EACCES:
    case EPERM:
      return {ExitCode::refused,
              fmt::format("no right to connect to '{}': {}", shown, system_error_text(error))};
    default:
      return {ExitCode::unavailable,
              fmt::format("cannot connect to '{}': {}", shown, system_error_text(error))};
  }
}

}  // namespace ixyflow::drivers::vhost_user
