#include "tools/ixyflow/command_line/command.hpp"

#include <algorithm>
#include <utility>

namespace ixyflow::tools {
namespace {

/// Inside a function, because registrations of other files run before this file's own objects are made.
std::vector<CommandMaker>& makers() {
  static std::vector<CommandMaker> instance;
  return instance;
}

}  // namespace

CommandRegistration::CommandRegistration(CommandMaker maker) {
  makers().push_back(maker);
}

Commands make_commands() {
  Commands commands;
  for (const CommandMaker make : makers()) commands.push_back(make());
  std::ranges::sort(commands, {},
                    [](const auto& command) { return std::pair(command->place(), command->name()); });
  return commands;
}

}  // namespace ixyflow::tools
