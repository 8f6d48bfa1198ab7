#include "tools/ixyflow/control/socket_path.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kLongestInstance = 64;
constexpr std::string_view kSuffix = ".sock";
constexpr mode_t kDirectoryMode = 0750;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool may_stand_in_name(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
}

std::string wrong_instance(const std::string& name) {
  const bool good = !name.empty() && name.size() <= kLongestInstance &&
                    (is_alphanumeric(name.front()) || name.front() == '_') &&
                    std::ranges::all_of(name, may_stand_in_name);
  return good ? ""
              : fmt::format("takes 1 to {} letters, digits, '_', '-' and '.' (not '-' or '.' first)",
                            kLongestInstance);
}

}  // namespace

void declare_instance_options(CommandLine& line, InstanceChoice& choice) {
  line.value(
      "--instance", "NAME",
      [&choice](const std::string& name) {
        choice.instance = name;
        return wrong_instance(name);
      },
      "name of the running pipeline (default: that of the pipeline)");
  line.value(
      "--socket", "PATH",
      [&choice](const std::string& path) -> std::string {
        choice.socket = path;
        return path.empty() ? "takes a path" : "";
      },
      "its control socket, instead of its name");
}

Result<InstanceChoice> with_environment(InstanceChoice choice) {
  if (!choice.instance.empty() && !choice.socket.empty())
    return fail(ExitCode::usage, "--instance and --socket are two ways to say the same; give one of them");
  if (!choice.instance.empty() || !choice.socket.empty()) return choice;
  choice.socket = environment("IXYFLOW_SOCKET");
  if (!choice.socket.empty()) return choice;
  choice.instance = environment("IXYFLOW_INSTANCE");
  if (choice.instance.empty()) return choice;
  if (const std::string wrong = wrong_instance(choice.instance); !wrong.empty())
    return fail(ExitCode::usage,
                fmt::format("IXYFLOW_INSTANCE '{}': it {}", printable(choice.instance, 60), wrong));
  return choice;
}

std::string instance_of(std::string_view pipeline) {
  std::string name(pipeline.substr(0, kLongestInstance));
  for (char& c : name)
    if (!may_stand_in_name(c)) c = '_';
  if (name.empty()) return "_";
  if (!is_alphanumeric(name.front())) name.front() = '_';
  return name;
}

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
    if (wrong_instance(name).empty()) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace ixyflow::tools
