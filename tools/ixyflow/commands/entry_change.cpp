#include "tools/ixyflow/commands/entry_change.hpp"

#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/control/results.hpp"

namespace ixyflow::tools {

void EntryCommand::declare(CommandLine& line) {
  line.positional("RESOURCE", arguments_, 1, 1, "its name in the pipeline");
  line.positional("ENTRY", arguments_, 1, 1, "as it would stand in the pipeline");
  declare_instance_options(line, choice_);
}

ExitCode EntryCommand::run(Console& console) {
  auto client = connect_instance(choice_);
  if (!client) return show_error(client.error(), console);
  const auto done =
      client->call(method(), {parameter("resource", arguments_.at(0)), parameter("entry", arguments_.at(1))});
  return done ? ExitCode::ok : show_error(done.error(), console);
}

}  // namespace ixyflow::tools
