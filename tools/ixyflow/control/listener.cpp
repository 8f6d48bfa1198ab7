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
#include "core/os/system_error.hpp"

namespace ixyflow::tools {
namespace {

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

}  // namespace

Result<BoundSocket> listen_for_clients(const std::string& path) {
  const auto lock = lock_directory_of(path);
  if (!lock) return std::unexpected(lock.error());
  // The mode is right from the first moment on, because it comes from the umask.
  const mode_t before = ::umask(kAllBut0660);
  auto socket = BoundSocket::open(
      path, SOCK_STREAM,
      "is in use: another instance listens there; --instance NAME gives this one a name of its own");
  ::umask(before);
  return socket;
}

}  // namespace ixyflow::tools
