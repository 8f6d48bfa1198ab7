#pragma once

#include <sys/types.h>

#include <optional>

#include "core/config/load.hpp"

namespace ixyflow::tools {

class Console;

/// For commands that only look at pipelines and plugins: from here on the process can read, and do nothing
/// else. To be called before the first plugin is loaded. Where the kernel has no such thing, plugins that a
/// file names are not loaded, unless `allowed`: those of the command line are the user's own choice.
/// `may_kill`: see enter_looking_sandbox.
void only_look(LoadOptions& options, bool allowed, std::optional<pid_t> may_kill = std::nullopt);
/// The same for a command that loads no plugins but those of the command line.
void only_look();

/// Tells what plugins tried and were refused. At the end of such a command.
void tell_refused_calls(Console& console);

}  // namespace ixyflow::tools
