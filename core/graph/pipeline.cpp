#include "core/graph/pipeline.hpp"

namespace ixyflow {
namespace {

/// "[expired]", or nothing where there is no choice.
std::string output_name(const ElementNode& node, PortIndex output) {
  if (node.outputs <= 1 && output == 0) return "";
  return "[" + (output < node.output_names.size() ? node.output_names[output] : std::to_string(output)) + "]";
}

std::string input_name(const ElementNode& node, PortIndex input) {
  if (node.inputs <= 1 && input == 0) return "";
  const bool named = node.spec != nullptr && input < node.spec->inputs.size();
  return "[" + (named ? node.spec->inputs[input].name : std::to_string(input)) + "]";
}

}  // namespace

std::string Pipeline::show(const Edge& edge) const {
  const ElementNode& from = elements[edge.from];
  const ElementNode& to = elements[edge.to];
  return from.name + output_name(from, edge.output) + " -> " + input_name(to, edge.input) + to.name;
}

}  // namespace ixyflow
