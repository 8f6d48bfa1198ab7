#include "tools/ixyflow/control/listener.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "core/base/diagnostics.hpp"
#include "core/base/system_error.hpp"
#include "core/base/unix_address.hpp"

namespace ixyflow::tools {
namespace {

constexpr int kBacklog = 64;
constexpr mode_t kAllBut0660 = 0117;

/// While it lives, no other instance looks at sockets of the directory, so that none takes a socket that is
/// bound but does not listen yet for an abandoned one.
Result<FileDescriptor> lock_directory_of(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  FileDescriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.open())
    return fail(ExitCode::output,
                fmt::format("cannot open '{}': {}", printable(directory), system_error_text(errno)));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) break;  // no locks on this file system: go on without
    if (std::chrono::steady_clock::now() > until)
      return fail(ExitCode::again, fmt::format("'{}' is locked: another instance is being started there",
                                               printable(directory)));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return lock;
}

/// Makes room at the path: nothing but a socket that nobody listens to is ever removed.
Result<void> clear(const std::string& path, const UnixAddress& address) {
  const std::string shown = printable(path);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};  // what else is wrong with the path, bind says
  if (!S_ISSOCK(status.st_mode))
    return fail(ExitCode::refused, fmt::format("'{}' is there and is no socket", shown));
  const FileDescriptor probe = unix_socket(SOCK_STREAM);
  if (!probe.open()) return fail(ExitCode::output, system_error_text(errno));
  if (::connect(probe.get(), address.get(), address.length) == 0 || errno == EAGAIN)
    return fail(ExitCode::refused, fmt::format("another instance listens at '{}'; --instance NAME gives this "
                                               "one a name of its own",
                                               shown));
  if (errno != ECONNREFUSED)
    return fail(ExitCode::refused,
                fmt::format("'{}' is there and cannot be replaced: {}", shown, system_error_text(errno)));
  if (::unlink(path.c_str()) != 0)
    return fail(ExitCode::refused, fmt::format("the abandoned socket '{}' cannot be removed: {}", shown,
                                               system_error_text(errno)));
  return {};
}

/// 0 or an errno. The mode is right from the first moment on, because it comes from the umask.
int bind_with_mode(const FileDescriptor& socket, const UnixAddress& address) {
  const mode_t before = ::umask(kAllBut0660);
  const int error = ::bind(socket.get(), address.get(), address.length) == 0 ? 0 : errno;
  ::umask(before);
  return error;
}

}  // namespace

Listener::Listener(FileDescriptor socket, std::string path) noexcept
    : socket_(std::move(socket)), path_(std::move(path)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
}

Result<Listener> Listener::open(const std::string& path) {
  const auto address = UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  const auto lock = lock_directory_of(path);
  if (!lock) return std::unexpected(lock.error());
  if (auto cleared = clear(path, *address); !cleared) return std::unexpected(cleared.error());
  FileDescriptor socket = unix_socket(SOCK_STREAM);
  int error = socket.open() ? bind_with_mode(socket, *address) : errno;
  if (error == 0) {
    Listener listener(std::move(socket), path);
    if (::listen(listener.fd(), kBacklog) == 0) return listener;
    error = errno;
  }
  return fail(ExitCode::output,
              fmt::format("cannot make the socket '{}': {}", printable(path), system_error_text(error)));
}

Listener::~Listener() {
  if (!socket_.open()) return;
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
    ::unlink(path_.c_str());
}

}  // namespace ixyflow::tools
