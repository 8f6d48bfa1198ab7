#include "tools/ixyflow/commands/live/entry_change.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

/// An entry that was not quoted comes as several arguments.
constexpr std::size_t kMostWords = 16;

}  // namespace

void EntryChange::declare(CommandLine& line) {
  line.positional("RESOURCE", arguments_, 1, 1, "its name in the pipeline");
  line.positional("ENTRY", arguments_, 1, kMostWords, "as it would stand in the pipeline");
  declare_instance_options(line, choice_);
}

ExitCode EntryChange::run(Console& console) {
  auto client = connect_instance(choice_);
  if (!client) return console.failed(client.error());
  const std::string entry = fmt::format("{}", fmt::join(arguments_.begin() + 1, arguments_.end(), " "));
  const auto done =
      client->call(method(), {parameter("resource", arguments_.at(0)), parameter("entry", entry)});
  return done ? ExitCode::ok : console.failed(done.error());
}

}  // namespace ixyflow::tools
