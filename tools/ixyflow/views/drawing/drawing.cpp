#include "tools/ixyflow/views/drawing/drawing.hpp"

#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/json/build.hpp"

namespace ixyflow::tools {
namespace {

Drawing::Node make_node(const Pipeline& pipeline, const ElementNode& element) {
  const bool unnamed = element.name.starts_with(element.spec->name + "@");
  Drawing::Node node{element.name, unnamed ? element.spec->name : element.name,
                     unnamed ? "" : element.spec->name, ""};
  for (const std::size_t port : element.ports) node.detail += " " + pipeline.ports[port].name;
  return node;
}

Drawing::Edge make_edge(const Pipeline& pipeline, const Edge& edge) {
  const ElementNode& from = pipeline.elements[edge.from];
  const ElementNode& to = pipeline.elements[edge.to];
  Drawing::Edge drawn{.from = edge.from, .to = edge.to, .output = {}, .input = {}};
  if (from.outputs > 1)
    drawn.output =
        edge.output < from.output_names.size() ? from.output_names[edge.output] : std::to_string(edge.output);
  // The main output is the one that is meant where nothing is said.
  if (drawn.output == "out") drawn.output.clear();
  if (to.inputs > 1)
    drawn.input =
        edge.input < to.spec->inputs.size() ? to.spec->inputs[edge.input].name : std::to_string(edge.input);
  return drawn;
}

/// `text` as it may stand between the quotes of graphviz.
std::string dot_escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string dot_node(std::size_t index, const Drawing::Node& node) {
  return fmt::format("n{} [label=\"{}{}{}\"];\n", index, dot_escaped(node.title),
                     node.detail.empty() ? "" : "\\n", dot_escaped(node.detail));
}

}  // namespace

Drawing make_drawing(const Pipeline& pipeline, const Plan* plan) {
  Drawing drawing;
  drawing.name = pipeline.settings.name;
  for (const ElementNode& element : pipeline.elements) drawing.nodes.push_back(make_node(pipeline, element));
  for (const Edge& edge : pipeline.edges) drawing.edges.push_back(make_edge(pipeline, edge));
  if (plan == nullptr) return drawing;
  for (const RingPlan& ring : plan->rings) {
    Drawing::Edge& edge = drawing.edges[ring.edge];
    edge.ring = ring.length;
    edge.drops = ring.full == FullPolicy::drop;
    ++edge.strands;
  }
  if (plan->workers.size() < 2) return drawing;
  for (const WorkerPlan& worker : plan->workers)
    if (worker.copy == 0) drawing.cores.push_back(worker.core);
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    auto& node = drawing.nodes[i];
    const std::vector<std::size_t>& copies = plan->workers_of[i];
    node.core = plan->workers[copies.front()].core;
    node.detail += (node.detail.empty() ? "@" : " @") + node.core;
    if (copies.size() > 1) node.detail += fmt::format(" x{}", copies.size());
  }
  return drawing;
}

std::string draw_dot(const Drawing& drawing) {
  std::string text = fmt::format(
      "digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n",
      dot_escaped(drawing.name));
  for (std::size_t core = 0; core < drawing.cores.size(); ++core) {
    text += fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n    color=gray;\n", core,
                        dot_escaped("core " + drawing.cores[core]));
    for (std::size_t i = 0; i < drawing.nodes.size(); ++i)
      if (drawing.nodes[i].core == drawing.cores[core]) text += "    " + dot_node(i, drawing.nodes[i]);
    text += "  }\n";
  }
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i)
    if (drawing.nodes[i].core.empty()) text += "  " + dot_node(i, drawing.nodes[i]);
  for (const auto& edge : drawing.edges) {
    std::string attributes;
    if (!edge.output.empty()) attributes += fmt::format(" taillabel=\"{}\"", dot_escaped(edge.output));
    if (!edge.input.empty()) attributes += fmt::format(" headlabel=\"{}\"", dot_escaped(edge.input));
    if (edge.ring != 0)
      attributes += fmt::format(" style=bold label=\"{}ring {}{}\"",
                                edge.strands > 1 ? fmt::format("{} x ", edge.strands) : "", edge.ring,
                                edge.drops ? ", drops" : "");
    text += fmt::format("  n{} -> n{}{};\n", edge.from, edge.to,
                        attributes.empty() ? "" : " [" + attributes.substr(1) + "]");
  }
  return text + "}\n";
}

Value drawing_json(const Drawing& drawing) {
  const auto node_json = [](const Drawing::Node& node) {
    return json_object({{"name", node.name}, {"detail", node.detail}, {"core", json_or_null(node.core)}});
  };
  const auto edge_json = [&drawing](const Drawing::Edge& edge) {
    const bool ring = edge.ring != 0;
    return json_object({{"from", drawing.nodes[edge.from].name},
                        {"output", json_or_null(edge.output)},
                        {"to", drawing.nodes[edge.to].name},
                        {"input", json_or_null(edge.input)},
                        {"ring", ring ? JsonItem(edge.ring) : Value()},
                        {"strands", edge.strands},
                        {"full", json_or_null(!ring        ? ""
                                              : edge.drops ? "drop"
                                                           : "wait")}});
  };
  return json_object({{"pipeline", drawing.name},
                      {"cores", drawing.cores},
                      {"elements", json_list(drawing.nodes, node_json)},
                      {"edges", json_list(drawing.edges, edge_json)}});
}

}  // namespace ixyflow::tools
