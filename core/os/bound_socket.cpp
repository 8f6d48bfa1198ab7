#include "core/os/bound_socket.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "core/os/unix_address.hpp"

namespace ixyflow {

namespace {

/// Makes room at the path: nothing but a socket that nobody has open is ever removed.
Result<void> clear(const std::string& path, const UnixAddress& address, int type,
                   std::string_view when_in_use) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};  // what else is wrong with the path, bind says
  const auto refuse = [&path](std::string_view why) {
    return fail(ExitCode::refused, fmt::format("'{}' {}", printable(path), why));
  };
  if (!S_ISSOCK(status.st_mode)) return refuse("is there and is no socket");
  const FileDescriptor probe = unix_socket(type);
  if (!probe.open()) return fail(ExitCode::output, system_error_text(errno));
  if (::connect(probe.get(), address.get(), address.length) == 0 || errno == EAGAIN || errno == EPROTOTYPE)
    return refuse(when_in_use);
  if (errno != ECONNREFUSED)
    return refuse(
        fmt::format("is there and cannot be asked whether it is in use: {}", system_error_text(errno)));
  if (::unlink(path.c_str()) != 0)
    return refuse(fmt::format("is abandoned and cannot be removed: {}", system_error_text(errno)));
  return {};
}

}  // namespace

BoundSocket::BoundSocket(FileDescriptor socket, std::string path) noexcept
    : socket_(std::move(socket)), path_(std::move(path)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

Result<BoundSocket> BoundSocket::open(const std::string& path, int type, std::string_view when_in_use,
                                      const SocketRights& rights) {
  const auto address = UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  if (auto cleared = clear(path, *address, type, when_in_use); !cleared)
    return std::unexpected(cleared.error());
  FileDescriptor socket = unix_socket(type);
  int error = socket.open() && ::bind(socket.get(), address->get(), address->length) == 0 ? 0 : errno;
  if (error == 0) {
    BoundSocket bound(std::move(socket), path);
    if (!rights.empty())
      if (auto given = rights.give_to(path); !given) return std::unexpected(given.error());
    if (type != SOCK_STREAM || ::listen(bound.fd(), SOMAXCONN) == 0) return bound;
    error = errno;
  }
  return fail(ExitCode::output,
              fmt::format("cannot make the socket '{}': {}", printable(path),
                          error == ENOENT ? "there is no such folder" : system_error_text(error)));
}

BoundSocket::~BoundSocket() {
  if (!socket_.open()) return;
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
    ::unlink(path_.c_str());
}

}  // namespace ixyflow
