#include "core/graph/pipeline.hpp"

#include <fmt/format.h>

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

std::string Pipeline::show(const Edge& edge) const {
  const ElementNode& from = elements[edge.from];
  const ElementNode& to = elements[edge.to];
  return fmt::format("{}{} -> {}{}", from.name, show_output(from, edge.output), show_input(to, edge.input),
                     to.name);
}

}  // namespace ixyflow
