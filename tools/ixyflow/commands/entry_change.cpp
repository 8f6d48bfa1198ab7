#include "tools/ixyflow/commands/entry_change.hpp"

#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {

void EntryChange::declare(CommandLine& line) {
  line.positional("RESOURCE", arguments_, 1, 1, "its name in the pipeline");
  line.positional("ENTRY", arguments_, 1, 1, "as it would stand in the pipeline");
  declare_instance_options(line, choice_);
}

ExitCode EntryChange::run(Console& console) {
  auto client = connect_instance(choice_);
  if (!client) return console.failed(client.error());
  const auto done =
      client->call(method(), {parameter("resource", arguments_.at(0)), parameter("entry", arguments_.at(1))});
  return done ? ExitCode::ok : console.failed(done.error());
}

}  // namespace ixyflow::tools
