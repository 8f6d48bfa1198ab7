#include "tools/ixyflow/views/reference/reference.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ixyflow::tools {

std::string inputs_text(const ElementSpec& spec) {
  if (spec.inputs_as_wired) return "any number";
  return std::to_string(spec.inputs.size());
}

std::string outputs_text(const ElementSpec& spec) {
  switch (spec.output_count) {
    case OutputCount::by_parameter:
      return fmt::format("one per entry of '{}'", spec.output_parameter);
    case OutputCount::as_wired:
      return "as many as are wired";
    case OutputCount::declared:
      break;
  }
  return std::to_string(std::ranges::count(spec.exits, ExitKind::output, &ExitSpec::kind));
}

std::string_view replication_text(Replication replication) {
  switch (replication) {
    case Replication::per_core:
      return "one copy per core";
    case Replication::per_flow:
      return "one copy per core, right when all packets of a flow reach the same one";
    case Replication::per_connection:
      return "one copy per core, right when both directions of a connection reach the same one";
    case Replication::single:
      return "on one core only";
  }
  return "";
}

std::string_view counter_kind_text(CounterKind kind) {
  switch (kind) {
    case CounterKind::sum:
      return "sum";
    case CounterKind::maximum:
      return "maximum";
    case CounterKind::gauge:
      return "gauge";
    case CounterKind::histogram:
      return "histogram";
  }
  return "";
}

std::vector<std::pair<std::string, std::string>> users_of(const ResourceSpec& spec) {
  std::vector<std::pair<std::string, std::string>> users;
  for (const ElementSpec* element : ElementRegistry::instance().all())
    for (const ResourceUseSpec& use : element->resources)
      if (use.type == spec.name) users.emplace_back(element->name, use.parameter);
  return users;
}

}  // namespace ixyflow::tools
