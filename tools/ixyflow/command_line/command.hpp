#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/exit_code.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"

namespace ixyflow::tools {

class Console;

/// What a command works on. The help lists the groups in this order.
enum class CommandGroup : std::uint8_t {
  pipelines,  ///< pipeline files
  reference,  ///< what this program knows
  instances,  ///< pipelines that run
  machine,    ///< devices
};

/// Where the help lists a command: in its group by rank, and by name among equals.
struct CommandPlace {
  CommandGroup group = CommandGroup::pipelines;
  std::uint8_t rank = 0;
  friend auto operator<=>(const CommandPlace&, const CommandPlace&) = default;
};

/// One word after `ixyflow`. A command is made, declares its command line into its own members, and runs
/// once. IXYFLOW_COMMAND at the end of its file makes it known.
class Command {
 public:
  virtual ~Command() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual CommandPlace place() const = 0;
  /// One line for the list of commands, without a final stop.
  [[nodiscard]] virtual std::string_view summary() const = 0;
  /// Lines that can be typed as they are.
  [[nodiscard]] virtual std::string_view example() const = 0;
  /// Whether it only looks at what strangers made: then it runs in a process of its own, see run_apart.
  [[nodiscard]] virtual bool only_looks() const { return false; }
  virtual void declare(CommandLine& line) = 0;
  virtual ExitCode run(Console& console) = 0;
};

using Commands = std::vector<std::unique_ptr<Command>>;

/// One of each command that is registered, in the order of the help.
Commands make_commands();

using CommandMaker = std::unique_ptr<Command> (*)();
struct CommandRegistration {
  explicit CommandRegistration(CommandMaker maker);
};

}  // namespace ixyflow::tools

/// The last line of a command's file: makes class `T` known. The file is compiled; there is no list to add it
/// to.
#define IXYFLOW_COMMAND(T)                                                        \
  static const ::ixyflow::tools::CommandRegistration ixyflow_registration_of_##T( \
      []() -> std::unique_ptr<::ixyflow::tools::Command> { return std::make_unique<T>(); })
