#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/build_context.hpp"
#include "core/config/file_keys.hpp"
#include "core/config/name_rules.hpp"
#include "core/config/paths.hpp"
#include "core/config/syntax/limits.hpp"

namespace ixyflow {
namespace {

void add_core(Build& build, const Value::Entry& entry) {
  CoreRequest core{.name = entry.key, .cpu = {}, .near = {}, .count = 1, .where = entry.where};
  if (!is_instance_name(entry.key))
    build.diagnostics.error(entry.where, fmt::format("'{}' is no name for a core", printable(entry.key)),
                            "names are lower-case letters, digits and '_', at most 64");
  if (const Value::Table* table = build.table_of(entry, fmt::format("core '{}'", entry.key),
                                                 "{ cpu = 3 }, { near = \"a port\" }, { count = 2 } or {}")) {
    apply_parameters(&core, *table, core_keys(), {}, fmt::format("core '{}'", entry.key), entry.where,
                     build.diagnostics);
    const Value::Entry* near = find(*table, "near");
    if (near != nullptr && !core.near.empty() && !build.port_of.contains(core.near))
      build.diagnostics.error(near->value.where(), fmt::format("there is no port '{}'", printable(core.near)),
                              build.suggest(core.near, [&] { return build.port_names(); }));
    if (near != nullptr && core.cpu)
      build.diagnostics.error(
          near->where,
          fmt::format("core '{}': 'cpu' says exactly where, so 'near' has no meaning", entry.key));
    if (core.cpu && core.count != 1) {
      build.diagnostics.error(
          find(*table, "count")->where,
          fmt::format("core '{}': 'cpu' is exactly one CPU, so there cannot be {}", entry.key, core.count),
          "leave 'cpu' out and say near what they shall be, or name a core for each CPU");
      core.count = 1;
    }
  }
  build.pipeline.cores.push_back(std::move(core));
}

/// Counts are summed over all cores: what is beyond the limit is cut to one, so that the rest can be checked.
void check_number_of_cores(Build& build) {
  std::size_t sum = 0;
  for (CoreRequest& core : build.pipeline.cores) {
    sum += core.count;
    if (sum <= limits::kWorkers) continue;
    build.diagnostics.error(
        core.where, fmt::format("core '{}' brings the number of CPUs to {}; {} is the most", core.name, sum,
                                limits::kWorkers));
    sum -= core.count - 1;
    core.count = 1;
  }
}

void check_elements_cores(Build& build) {
  std::vector<std::string> names;
  for (const CoreRequest& core : build.pipeline.cores) names.push_back(core.name);
  for (ElementNode& node : build.pipeline.elements) {
    if (node.core.empty() || std::ranges::find(names, node.core) != names.end()) continue;
    std::string hint = build.suggest(node.core, [&] { return names; });
    if (hint.empty()) hint = fmt::format("declare it: [cores] {} = {{}}", printable(node.core));
    build.diagnostics.error(find(node.parameters, "core")->value.where(),
                            fmt::format("there is no core '{}'", printable(node.core)), std::move(hint));
    node.core.clear();
    node.broken = true;
  }
}

/// The named element of a hop, which must be there already.
std::optional<std::size_t> find_element(Build& build, const Hop& hop) {
  const auto known = build.element_of.find(hop.name);
  if (known != build.element_of.end()) return known->second;
  build.diagnostics.error(hop.where, fmt::format("there is no element '{}'", hop.name),
                          build.suggest(hop.name, [&] { return build.element_names(); }));
  return std::nullopt;
}

/// Edges between two hops; without a selector, by any output and to any input. Nothing after a mistake.
std::optional<std::vector<std::size_t>> find_edges(Build& build, const Hop& from, const Hop& to) {
  const auto source = find_element(build, from);
  const auto target = find_element(build, to);
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

/// The edge that the key of a ring names.
std::optional<std::size_t> find_edge(Build& build, const Value::Entry& entry) {
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
    build.diagnostics.error(entry.where, fmt::format("no path has the edge '{}'", printable(entry.key)));
  else
    build.diagnostics.error(entry.where,
                            fmt::format("'{}' stands for {} edges", printable(entry.key), found->size()),
                            "say which output: \"a[output] -> b\"");
  return std::nullopt;
}

}  // namespace

void build_cores(Build& build) {
  const Value::Table table = build.section("cores");
  if (!build.within(table, limits::kCores, "cores")) return;
  for (const Value::Entry& entry : table) add_core(build, entry);
  check_number_of_cores(build);
  check_elements_cores(build);
}

void build_rings(Build& build) {
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
