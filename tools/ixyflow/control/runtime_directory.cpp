#include "tools/ixyflow/control/runtime_directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "tools/ixyflow/control/environment.hpp"
#include "tools/ixyflow/control/instance_choice.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::string_view kSuffix = ".sock";
constexpr mode_t kDirectoryMode = 0750;

}  // namespace

std::string runtime_directory() {
  if (std::string named = environment("IXYFLOW_RUNTIME_DIR"); !named.empty()) return named;
  const uid_t user = ::geteuid();
  if (user == 0) return "/run/ixyflow";
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (const std::string xdg = environment("XDG_RUNTIME_DIR"); xdg.starts_with('/')) return xdg + "/ixyflow";
  return fmt::format("/tmp/ixyflow-{}", user);
}

Result<void> prepare_runtime_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
    return fail(ExitCode::output,
                fmt::format("cannot make '{}': {}", printable(directory), system_error_text(errno)));
  if (auto good = check_runtime_directory(directory); !good) return good;
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return fail(ExitCode::output,
                fmt::format("cannot write to '{}': {}", printable(directory), system_error_text(errno)));
  return {};
}

Result<void> check_runtime_directory(const std::string& directory) {
  const std::string shown = printable(directory);
  // Whoever names a directory knows whom it belongs to.
  const bool named = directory == environment("IXYFLOW_RUNTIME_DIR");
  struct stat status {};
  if ((named ? ::stat : ::lstat)(directory.c_str(), &status) != 0)
    return fail(ExitCode::output, fmt::format("cannot look at '{}': {}", shown, system_error_text(errno)));
  if (!S_ISDIR(status.st_mode)) return fail(ExitCode::output, fmt::format("'{}' is no directory", shown));
  if (named) return {};
  if (status.st_uid != ::geteuid())
    return fail(ExitCode::output, fmt::format("'{}' belongs to another user", shown));
  if ((status.st_mode & 07777 & ~kDirectoryMode) != 0)
    return fail(ExitCode::output, fmt::format("'{}' has mode {:04o}, which is more than {:04o}", shown,
                                              status.st_mode & 07777, kDirectoryMode));
  return {};
}

std::string socket_path(std::string_view directory, std::string_view instance) {
  return fmt::format("{}/{}{}", directory, instance, kSuffix);
}

std::vector<std::string> instances_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    std::error_code ignored;
    if (!file.ends_with(kSuffix) || !entry->is_socket(ignored)) continue;
    std::string name = file.substr(0, file.size() - kSuffix.size());
    if (wrong_instance_name(name).empty()) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace ixyflow::tools
