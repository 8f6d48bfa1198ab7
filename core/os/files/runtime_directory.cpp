#include "core/os/files/runtime_directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/base/diagnostics.hpp"
#include "core/os/peer_users.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {
namespace {

constexpr mode_t kDirectoryMode = 0750;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::string runtime_directory() {
  if (std::string named = variable("IXYFLOW_RUNTIME_DIR"); !named.empty()) return named;
  const uid_t user = ::geteuid();
  if (user == 0) return std::string(kSystemRuntimeDirectory);
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (const std::string xdg = variable("XDG_RUNTIME_DIR"); xdg.starts_with('/')) return xdg + "/ixyflow";
  return fmt::format("/tmp/ixyflow-{}", user);
}

std::vector<std::string> runtime_directories() {
  std::vector<std::string> directories{runtime_directory()};
  if (variable("IXYFLOW_RUNTIME_DIR").empty() && ::geteuid() != 0)
    directories.emplace_back(kSystemRuntimeDirectory);
  return directories;
}

std::string group_of_runs(const std::string& directory) {
  if (::geteuid() != 0 || directory != kSystemRuntimeDirectory) return "";
  const auto group = group_number(std::string(kRunGroup));
  return group ? fmt::to_string(*group) : "";
}

Result<void> prepare_runtime_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
    return fail(ExitCode::output,
                fmt::format("cannot make '{}': {}", printable(directory), system_error_text(errno)));
  if (auto good = check_runtime_directory(directory); !good) return good;
  if (const std::string group = group_of_runs(directory); !group.empty())
    if (::lchown(directory.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(std::stoul(group))) != 0)
      return fail(ExitCode::output, fmt::format("cannot give '{}' to the group '{}': {}",
                                                printable(directory), kRunGroup, system_error_text(errno)));
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return fail(ExitCode::output,
                fmt::format("cannot write to '{}': {}", printable(directory), system_error_text(errno)));
  return {};
}

Result<void> check_runtime_directory(const std::string& directory) {
  const std::string shown = printable(directory);
  // Whoever names a directory knows whom it belongs to.
  const bool named = directory == variable("IXYFLOW_RUNTIME_DIR");
  struct stat status {};
  if ((named ? ::stat : ::lstat)(directory.c_str(), &status) != 0)
    return fail(ExitCode::output, fmt::format("cannot look at '{}': {}", shown, system_error_text(errno)));
  if (!S_ISDIR(status.st_mode)) return fail(ExitCode::output, fmt::format("'{}' is no directory", shown));
  if (named) return {};
  if (status.st_uid != (directory == kSystemRuntimeDirectory ? 0 : ::geteuid()))
    return fail(ExitCode::output, fmt::format("'{}' belongs to another user", shown));
  if ((status.st_mode & 07777 & ~kDirectoryMode) != 0)
    return fail(ExitCode::output, fmt::format("'{}' has mode {:04o}, which is more than {:04o}", shown,
                                              status.st_mode & 07777, kDirectoryMode));
  return {};
}

}  // namespace ixyflow
