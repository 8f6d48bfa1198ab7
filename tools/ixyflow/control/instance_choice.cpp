#include "tools/ixyflow/control/instance_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/control/environment.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kLongestInstance = 64;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool may_stand_in_name(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
}

}  // namespace

std::string wrong_instance_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= kLongestInstance &&
                    (is_alphanumeric(name.front()) || name.front() == '_') &&
                    std::ranges::all_of(name, may_stand_in_name);
  return good ? ""
              : fmt::format("takes 1 to {} letters, digits, '_', '-' and '.' (not '-' or '.' first)",
                            kLongestInstance);
}

Result<InstanceChoice> with_environment(InstanceChoice choice) {
  if (!choice.instance.empty() && !choice.socket.empty())
    return fail(ExitCode::usage, "--instance and --socket are two ways to say the same; give one of them");
  if (!choice.instance.empty() || !choice.socket.empty()) return choice;
  choice.socket = environment("IXYFLOW_SOCKET");
  if (!choice.socket.empty()) return choice;
  choice.instance = environment("IXYFLOW_INSTANCE");
  if (choice.instance.empty()) return choice;
  if (const std::string wrong = wrong_instance_name(choice.instance); !wrong.empty())
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

}  // namespace ixyflow::tools
