#include "tools/ixyflow/control/listener.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <system_error>

#include "core/base/diagnostics.hpp"
#include "core/os/files/runtime_directory.hpp"

namespace ixyflow::tools {
namespace {

constexpr mode_t kAllBut0660 = 0117;
constexpr std::string_view kInUse =
    "is in use: another instance listens there; --instance NAME gives this one a name of its own";
/// What a guardian may take to give the devices of a killed run back.
constexpr std::chrono::seconds kGuardianTime{30};

/// The name of the lock on `path`, the same for each of its spellings.
std::string lock_name(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  return fmt::format("socket-{:016x}", std::hash<std::string>()(error ? path : whole.string()));
}

/// Root's sockets in the directory of its runs belong to the group that may see these. Their mode is there
/// from the first moment on.
SocketRights rights_of(const std::string& path) {
  return {
      .mode = {}, .owner = {}, .group = group_of_runs(std::filesystem::path(path).parent_path().string())};
}

}  // namespace

Result<Listener> listen_for_clients(const std::string& path) {
  // Not at the socket itself: whoever can read a file or a folder can lock it.
  auto lock = LockFile::take(runtime_directory(), lock_name(path), kGuardianTime);
  if (!lock && lock.error().code == ExitCode::again)
    return fail(ExitCode::refused, fmt::format("'{}' {}", printable(path), kInUse));
  GuardianAct kept;
  if (lock)
    if (auto left = GuardianAct::keep(lock->fd())) kept = std::move(*left);
  // The mode is right from the first moment on, because it comes from the umask.
  const mode_t before = ::umask(kAllBut0660);
  auto socket = BoundSocket::open(path, SOCK_STREAM, kInUse, rights_of(path));
  ::umask(before);
  if (!socket) return std::unexpected(socket.error());
  return Listener{.lock = lock ? std::optional(std::move(*lock)) : std::nullopt,
                  .kept_lock = std::move(kept),
                  .socket = std::move(*socket)};
}

}  // namespace ixyflow::tools
