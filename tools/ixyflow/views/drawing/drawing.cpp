#include "tools/ixyflow/views/drawing/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tools/ixyflow/json/build.hpp"

namespace ixyflow::tools {
namespace {

bool unnamed(const ElementNode& element) {
  return element.name.starts_with(element.spec->name + "@");
}

Drawing::Node make_node(const Pipeline& pipeline, const ElementNode& element, bool only_one) {
  Drawing::Node node{element.name, unnamed(element) && only_one ? element.spec->name : element.name,
                     unnamed(element) ? "" : element.spec->name, "", element.spec->name};
  for (const std::size_t port : element.ports)
    node.detail += (node.detail.empty() ? "" : " ") + pipeline.ports[port].name;
  return node;
}

/// The name of an output as it is shown: the main output is the one that is meant where nothing is said.
std::string shown_output(const ElementNode& element, PortIndex output) {
  if (element.outputs <= 1) return "";
  std::string name = element.output_name(output);
  return name == "out" ? "" : name;
}

Drawing::Edge make_edge(const Pipeline& pipeline, const Edge& edge) {
  const ElementNode& to = pipeline.elements[edge.to];
  Drawing::Edge drawn{.from = edge.from,
                      .to = edge.to,
                      .output = shown_output(pipeline.elements[edge.from], edge.output),
                      .input = {}};
  drawn.output_number = edge.output;
  drawn.input_number = edge.input;
  if (to.inputs > 1)
    drawn.input =
        edge.input < to.spec->inputs.size() ? to.spec->inputs[edge.input].name : std::to_string(edge.input);
  return drawn;
}

std::vector<Drawing::Drop> drops_of(const Pipeline& pipeline) {
  std::set<std::pair<std::size_t, PortIndex>> connected;
  for (const Edge& edge : pipeline.edges) connected.emplace(edge.from, edge.output);
  std::vector<Drawing::Drop> drops;
  for (std::size_t i = 0; i < pipeline.elements.size(); ++i)
    for (PortIndex output = 0; output < pipeline.elements[i].outputs; ++output)
      if (!connected.contains({i, output}))
        drops.push_back({i, shown_output(pipeline.elements[i], output), output});
  return drops;
}

void add_rings(const Plan& plan, Drawing& drawing) {
  for (const RingPlan& ring : plan.rings) {
    Drawing::Edge& edge = drawing.edges[ring.edge];
    edge.ring = ring.length;
    edge.drops = ring.full == FullPolicy::drop;
    ++edge.strands;
  }
}

void add_cores(const Plan& plan, Drawing& drawing) {
  for (const WorkerPlan& worker : plan.workers)
    if (worker.copy == 0) drawing.cores.push_back(worker.core);
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    auto& node = drawing.nodes[i];
    const std::vector<std::size_t>& copies = plan.workers_of[i];
    node.core = plan.workers[copies.front()].core;
    node.detail += (node.detail.empty() ? "@" : " @") + node.core;
    if (copies.size() > 1) node.detail += fmt::format(" x{}", copies.size());
  }
}

Value edge_json(const Drawing& drawing, const Drawing::Edge& edge) {
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
}

}  // namespace

std::size_t Drawing::core_of(const Node& node) const {
  return static_cast<std::size_t>(std::ranges::find(cores, node.core) - cores.begin());
}

Drawing make_drawing(const Pipeline& pipeline, const Plan* plan) {
  Drawing drawing;
  drawing.name = pipeline.settings.name;
  std::map<std::string, std::size_t> unnamed_of_type;
  for (const ElementNode& element : pipeline.elements)
    if (unnamed(element)) ++unnamed_of_type[element.spec->name];
  for (const ElementNode& element : pipeline.elements)
    drawing.nodes.push_back(make_node(pipeline, element, unnamed_of_type[element.spec->name] == 1));
  for (const Edge& edge : pipeline.edges) drawing.edges.push_back(make_edge(pipeline, edge));
  drawing.drops = drops_of(pipeline);
  if (plan == nullptr) return drawing;
  add_rings(*plan, drawing);
  if (plan->workers.size() > 1) add_cores(*plan, drawing);
  return drawing;
}

Value drawing_json(const Drawing& drawing) {
  const auto node_json = [](const Drawing::Node& node) {
    return json_object({{"name", node.name},
                        {"type", node.type},
                        {"detail", node.detail},
                        {"core", json_or_null(node.core)}});
  };
  const auto drop_json = [&drawing](const Drawing::Drop& drop) {
    return json_object({{"from", drawing.nodes[drop.from].name}, {"output", json_or_null(drop.output)}});
  };
  return json_object(
      {{"pipeline", drawing.name},
       {"cores", drawing.cores},
       {"elements", json_list(drawing.nodes, node_json)},
       {"edges", json_list(drawing.edges, [&](const auto& edge) { return edge_json(drawing, edge); })},
       {"not_connected", json_list(drawing.drops, drop_json)}});
}

}  // namespace ixyflow::tools
