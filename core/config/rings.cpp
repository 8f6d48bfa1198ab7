#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/base/text/suggestion.hpp"
#include "core/config/build_context.hpp"
#include "core/config/keys/file_keys.hpp"
#include "core/config/port_ends.hpp"
#include "core/config/selectors.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/config/syntax/paths.hpp"

namespace ixyflow {
namespace {

/// The named element of a hop, which must be there already.
std::optional<std::size_t> known_element(BuildContext& build, const Hop& hop, PortUse use) {
  const auto known = find_element(build, hop, use);
  if (!known) build.report_unknown(hop.where, "element", hop.name, [&] { return build.element_names(); });
  return known;
}

/// Edges between two hops; without a selector, by any output and to any input. Nothing after a mistake.
std::optional<std::vector<std::size_t>> find_edges(BuildContext& build, const Hop& from, const Hop& to) {
  const auto source = known_element(build, from, PortUse::receive);
  const auto target = known_element(build, to, PortUse::transmit);
  if (!source || !target) return std::nullopt;
  const auto& nodes = build.pipeline.elements;
  std::optional<PortIndex> output;
  std::optional<PortIndex> input;
  if (from.output) output = find_output(build, nodes[*source], &*from.output, from.where);
  if (to.input) input = find_input(build, nodes[*target], &*to.input, to.where);
  if ((from.output && !output) || (to.input && !input)) return std::nullopt;

  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < build.pipeline.edges.size(); ++i) {
    const Edge& edge = build.pipeline.edges[i];
    if (edge.from == *source && edge.to == *target && edge.output == output.value_or(edge.output) &&
        edge.input == input.value_or(edge.input))
      found.push_back(i);
  }
  return found;
}

/// The first edges, as the key of a ring names them.
std::vector<std::string> edge_names(const Pipeline& pipeline) {
  constexpr std::size_t kMany = 20;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < pipeline.edges.size() && names.size() < kMany; ++i)
    if (const Edge& edge = pipeline.edges[i]; !pipeline.elements[edge.from].broken)
      names.push_back(pipeline.show(edge));
  return names;
}

/// The edge that the key of a ring names.
std::optional<std::size_t> find_edge(BuildContext& build, const Value::Entry& entry) {
  // The key is a quoted text like the strings of paths, so places in it can be told.
  const Path path = parse_path(locate(build.lines, entry.where, entry.key), build.diagnostics);
  if (!path.complete) return std::nullopt;
  if (path.hops.size() != 2) {
    build.diagnostics.error(entry.where, "a ring is one edge", "\"a -> b\"");
    return std::nullopt;
  }
  const auto found = find_edges(build, path.hops[0], path.hops[1]);
  if (!found) return std::nullopt;
  if (found->size() == 1) return found->front();
  if (found->empty())
    build.diagnostics.error(entry.where, fmt::format("no path has the edge '{}'", printable(entry.key)),
                            list_of_names("edges", edge_names(build.pipeline)));
  else
    build.diagnostics.error(entry.where,
                            fmt::format("'{}' stands for {} edges", printable(entry.key), found->size()),
                            "say which output: \"a[output] -> b\"");
  return std::nullopt;
}

}  // namespace

void build_rings(BuildContext& build) {
  const Value::Table section = build.section("rings");
  if (!build.within(section, limits::kRings, "rings")) return;
  for (const Value::Entry& entry : section) {
    const Value::Table* table =
        build.table_of(entry, fmt::format("ring '{}'", entry.key), "{ length = 2048, full = \"drop\" }");
    if (table == nullptr) continue;
    RingRequest ring{.edge = 0, .length = {}, .full = {}, .where = entry.where};
    const bool good =
        apply_parameters(&ring, *table, ring_keys(), {}, fmt::format("ring '{}'", printable(entry.key)),
                         entry.where, build.diagnostics);
    const auto edge = find_edge(build, entry);
    if (!edge) continue;
    ring.edge = *edge;
    const auto first = std::ranges::find(build.pipeline.rings, ring.edge, &RingRequest::edge);
    if (first != build.pipeline.rings.end())
      build.diagnostics.error(
          entry.where, fmt::format("the ring of '{}' is described twice: in line {} and here",
                                   build.pipeline.show(build.pipeline.edges[ring.edge]), first->where.line));
    else if (good)
      build.pipeline.rings.push_back(ring);
  }
}

}  // namespace ixyflow
