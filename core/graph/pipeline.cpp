#include "core/graph/pipeline.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/packet/activity.hpp"

namespace ixyflow {
namespace {

/// "[expired]", or nothing where there is no choice.
std::string show_output(const ElementNode& node, PortIndex output) {
  return node.outputs <= 1 && output == 0 ? "" : fmt::format("[{}]", node.output_name(output));
}

std::string show_input(const ElementNode& node, PortIndex input) {
  if (node.inputs <= 1 && input == 0) return "";
  const bool named = node.spec != nullptr && input < node.spec->inputs.size();
  return fmt::format("[{}]", named ? node.spec->inputs[input].name : fmt::to_string(input));
}

}  // namespace

ElementNode::~ElementNode() {
  const ActivityMark mark("element", name);
  element.reset();
}

ResourceNode::~ResourceNode() {
  const ActivityMark mark("resource", name);
  resource.reset();
}

std::string ElementNode::output_name(PortIndex output) const {
  return output < output_names.size() ? output_names[output] : fmt::to_string(output);
}

bool Pipeline::waits(const ElementNode& source) const {
  for (std::size_t use = 0; use < source.ports.size(); ++use)
    if (source.spec->ports[use].use == PortUse::receive &&
        !ports[source.ports[use]].port->properties().can_wait)
      return false;
  return true;
}

void Pipeline::find_waiting_sources() {
  std::vector<std::size_t> open;  // elements that are fed by a source that does not wait
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i].sources_wait = elements[i].broken || elements[i].spec->processes || waits(elements[i]);
    if (!elements[i].sources_wait) open.push_back(i);
  }
  while (!open.empty()) {
    const std::size_t from = open.back();
    open.pop_back();
    for (const Edge& edge : edges) {
      if (edge.from != from || !std::exchange(elements[edge.to].sources_wait, false)) continue;
      open.push_back(edge.to);
    }
  }
}

std::string Pipeline::show(const Edge& edge) const {
  const ElementNode& from = elements[edge.from];
  const ElementNode& to = elements[edge.to];
  return fmt::format("{}{} -> {}{}", from.name, show_output(from, edge.output), show_input(to, edge.input),
                     to.name);
}

}  // namespace ixyflow
