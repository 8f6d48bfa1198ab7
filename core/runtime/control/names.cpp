#include "core/runtime/control/names.hpp"

#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"

namespace ixyflow {

Error no_such(std::string_view what, std::string_view name, const std::vector<std::string>& names) {
  return {ExitCode::usage,
          with_hint(fmt::format("there is no {} '{}'", what, printable(name, 60)),
                    names.empty() ? "there are none" : nearest_or_list(name, "there are", names))};
}

std::string core_names(const Plan& plan, const std::vector<std::size_t>& workers) {
  std::string names;
  for (const std::size_t worker : workers)
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", plan.workers[worker].name);
  return (workers.size() == 1 ? "core " : "cores ") + names;
}

}  // namespace ixyflow
