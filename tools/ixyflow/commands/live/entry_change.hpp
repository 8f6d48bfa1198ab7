#pragma once

#include <string>
#include <vector>

#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/control/instance_choice.hpp"

namespace ixyflow::tools {

/// What `add` and `delete` share: a resource, an entry, and a method that is called with both.
class EntryChange : public Command {
 public:
  void declare(CommandLine& line) override;
  ExitCode run(Console& console) override;

 private:
  [[nodiscard]] virtual std::string method() const = 0;

  std::vector<std::string> arguments_;
  InstanceChoice choice_;
};

}  // namespace ixyflow::tools
