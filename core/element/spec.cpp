#include "core/element/spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace ixyflow {
namespace {

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

/// Paths from `in` through the element called `name` to `out`, and its other outputs to Discard.
std::vector<std::string> derived_paths(const ElementSpec& spec, const std::string& name) {
  if (spec.output_count == OutputCount::as_wired)
    return {"in -> " + name, name + "[0] -> out", name + "[1] -> Discard"};
  std::vector<std::string> paths{spec.processes ? "in -> " + name : name};
  bool first = true;
  for (const ExitSpec& exit : spec.exits) {
    if (exit.kind != ExitKind::output) continue;
    if (first)
      paths.front() += " -> out";
    else
      paths.push_back(fmt::format("{}[{}] -> Discard", name, exit.name));
    first = false;
  }
  return paths;
}

std::string derived_example(const ElementSpec& spec) {
  if (!spec.ports.empty() || !spec.resources.empty() || spec.inputs_as_wired || spec.inputs.size() > 1 ||
      spec.output_count == OutputCount::by_parameter)
    return {};
  const std::string name = instance_name(spec.name);
  std::string text = fmt::format("[elements.{}]\ntype = \"{}\"\n", name, spec.name);
  for (const ParameterSpec& parameter : spec.parameters)
    if (parameter.required) text += fmt::format("{} = {}\n", parameter.name, parameter.example);
  return text + fmt::format("\n[graph]\npaths = [\"{}\"]", fmt::join(derived_paths(spec, name), "\", \""));
}

}  // namespace

std::string instance_name(std::string_view type) {
  std::string name;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const bool ends_word = i > 0 && !is_capital(type[i - 1]);
    const bool ends_capitals = i > 0 && i + 1 < type.size() && !is_capital(type[i + 1]);
    if (is_capital(type[i]) && (ends_word || ends_capitals)) name += '_';
    name += is_capital(type[i]) ? static_cast<char>(type[i] - 'A' + 'a') : type[i];
  }
  return name;
}

const ExitSpec& ElementSpec::exit(PortIndex index) const noexcept {
  return *std::ranges::find(exits, index, &ExitSpec::index);
}

void ElementSpec::complete() {
  if (processes && inputs.empty() && !inputs_as_wired) inputs.push_back({"in", ""});
  if (creates) one_way = false;
  if (example.empty()) example = derived_example(*this);
}

}  // namespace ixyflow
