#include "tools/ixyflow/pipeline/looking.hpp"

#include <fmt/format.h>

#include "core/sandbox/refused_calls.hpp"
#include "core/sandbox/sandbox.hpp"
#include "tools/ixyflow/pipeline/apart.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {

void only_look(LoadOptions& options, bool allowed, std::optional<pid_t> may_kill) {
  note_refused_calls();
  options.plugins_of_file = enter_looking_sandbox(may_kill).has_value() || allowed;
  if (!allowed) options.before_plugins = begin_strangers_time;
}

void only_look() {
  LoadOptions unused;
  only_look(unused, false);
}

void tell_refused_calls(Console& console) {
  for (const RefusedCall& refused : take_refused_calls())
    console.warning(
        fmt::format("the system call '{}' was refused: a command that looks at a pipeline, and its "
                    "plugins, can read and do nothing else",
                    refused.call));
}

}  // namespace ixyflow::tools
