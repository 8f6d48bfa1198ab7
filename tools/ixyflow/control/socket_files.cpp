#include "tools/ixyflow/control/socket_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/control/instance_choice.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::string_view kSuffix = ".sock";

}  // namespace

std::string socket_path(std::string_view directory, std::string_view instance) {
  return fmt::format("{}/{}{}", directory, instance, kSuffix);
}

Result<std::vector<std::string>> instances_in(const std::string& directory) {
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
  if (error == std::errc::permission_denied)
    return fail(ExitCode::refused, fmt::format("'{}': permission denied", printable(directory)));
  std::ranges::sort(names);
  return names;
}

}  // namespace ixyflow::tools
