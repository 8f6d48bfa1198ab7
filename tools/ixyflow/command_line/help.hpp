#pragma once

#include <string>

#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"

namespace ixyflow::tools {

/// The help of one command, or of the program when `command` is null.
std::string help_text(Command* command, const Commands& commands, const CommandLine& globals,
                      std::size_t columns);

}  // namespace ixyflow::tools
