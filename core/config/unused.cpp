#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/text/name_rules.hpp"
#include "core/config/build_context.hpp"
#include "core/config/steps.hpp"

namespace ixyflow {
namespace {

/// Not in a file with mistakes: what nothing uses there may be meant to be used where the mistake is.
void warn_of_unused(BuildContext& build, SourceRange where, std::string text) {
  if (build.diagnostics.ok()) build.diagnostics.warning(where, std::move(text));
}

/// Takes out the ports that no element in use names; returns by old index the new one.
std::vector<std::size_t> drop_ports(BuildContext& build) {
  std::vector<std::size_t> renumbered;
  std::vector<PortNode> kept;
  for (std::size_t i = 0; i < build.pipeline.ports.size(); ++i) {
    PortNode& port = build.pipeline.ports[i];
    renumbered.push_back(kept.size());
    if (build.port_named[i])
      kept.push_back(std::move(port));
    else
      warn_of_unused(build, port.where, fmt::format("no element uses port '{}'", port.name));
  }
  build.pipeline.ports = std::move(kept);
  return renumbered;
}

/// Takes out the elements that stand in no path; returns by old index the new one. Ports that receive at the
/// beginning of a path come first, where their packets come from; they were made when the path was read.
std::vector<std::size_t> drop_elements(BuildContext& build) {
  std::vector<std::size_t> order(build.pipeline.elements.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_partition(
      order, [&](std::size_t i) { return build.pipeline.elements[i].name.ends_with(kReceiveEnd); });
  std::vector<std::size_t> renumbered(order.size());
  std::vector<ElementNode> kept;
  for (const std::size_t i : order) {
    ElementNode& element = build.pipeline.elements[i];
    renumbered[i] = kept.size();
    if (build.wired[i])
      kept.push_back(std::move(element));
    else
      warn_of_unused(build, element.where, fmt::format("element '{}' stands in no path", element.name));
  }
  build.pipeline.elements = std::move(kept);
  return renumbered;
}

/// Nothing is taken out here: a resource that nobody reads costs a run nothing.
void warn_of_unused_resources(BuildContext& build) {
  for (std::size_t i = 0; i < build.resource_named.size(); ++i)
    if (const ResourceNode& node = build.pipeline.resources[i]; !build.resource_named[i])
      warn_of_unused(build, node.where, fmt::format("no element uses resource '{}'", node.name));
}

void warn_of_open_outputs(BuildContext& build) {
  std::vector<std::vector<bool>> connected;
  for (const ElementNode& node : build.pipeline.elements) connected.emplace_back(node.outputs);
  for (const Edge& edge : build.pipeline.edges)
    if (edge.output < connected[edge.from].size()) connected[edge.from][edge.output] = true;
  for (std::size_t i = 0; i < connected.size(); ++i) {
    const ElementNode& node = build.pipeline.elements[i];
    for (PortIndex output = 0; output < node.outputs; ++output)
      if (!connected[i][output] && !node.broken)
        warn_of_unused(build, node.where,
                       fmt::format("output '{}' of '{}' leads nowhere: its packets are dropped as '{}.{}'",
                                   printable(node.output_names[output]), node.name, node.name,
                                   printable(node.output_names[output])));
  }
}

}  // namespace

void drop_unused(BuildContext& build) {
  const std::vector<std::size_t> new_port = drop_ports(build);
  const std::vector<std::size_t> new_element = drop_elements(build);
  for (ElementNode& element : build.pipeline.elements) {
    for (std::size_t& port : element.ports) port = new_port[port];
    for (AddressOfPort& address : element.addresses) address.port = new_port[address.port];
  }
  for (PortNode& port : build.pipeline.ports)
    for (AddressOfPort& address : port.addresses) address.port = new_port[address.port];
  for (Edge& edge : build.pipeline.edges) {
    edge.from = new_element[edge.from];
    edge.to = new_element[edge.to];
  }
  warn_of_unused_resources(build);
  // Whoever writes one line leaves out what shall be dropped; the summary of the run says how much that was.
  if (!build.file.one_line()) warn_of_open_outputs(build);
}

}  // namespace ixyflow
