#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"

namespace ixyflow::tools {

/// What the arguments ask for.
struct Invocation {
  enum class Kind : std::uint8_t { command, help, version };
  Kind kind = Kind::command;
  Command* command = nullptr;  ///< null for the program's own help
};

/// Reads `arguments` (without the program's name) into the members that the commands and `globals` declared.
/// Error (usage): one line with the nearest right spelling where there is one.
Result<Invocation> parse_command_line(const std::vector<std::string>& arguments, const Commands& commands,
                                      CommandLine& globals);

}  // namespace ixyflow::tools
