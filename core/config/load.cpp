#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/build_context.hpp"
#include "core/config/file_keys.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/graph/planner/check.hpp"

namespace ixyflow {
namespace {

Value::Table raw_section(const PipelineFile& file, std::string_view name, Diagnostics& diagnostics) {
  const Value::Entry* entry = find(file.root, name);
  if (entry == nullptr) return {};
  if (const auto* table = entry->value.get_if<Value::Table>()) return *table;
  diagnostics.error(entry->where, fmt::format("'{}' must be a table, not {}", name, entry->value.kind()),
                    fmt::format("[{}]", name));
  return {};
}

void check_top_level(Build& build) {
  std::vector<std::string> names;
  for (const TopLevelKey& key : top_level_keys()) names.push_back(key.name);
  for (const Value::Entry& entry : build.file.root) {
    if (std::ranges::find(names, entry.key) != names.end()) continue;
    if (entry.key == "include" || entry.key == "subgraphs")
      build.diagnostics.error(entry.where, fmt::format("'{}' is reserved for a later version", entry.key));
    else
      build.diagnostics.error(entry.where,
                              fmt::format("unknown key '{}' at the top of the file", printable(entry.key)),
                              build.suggest(entry.key, [&] { return names; }));
  }
}

/// Takes out what nothing uses, so that a run neither opens nor shows it, and says so.
void drop_unused(Build& build) {
  Pipeline& pipeline = build.pipeline;
  std::vector<std::size_t> new_port(pipeline.ports.size());
  std::vector<PortNode> ports;
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i) {
    PortNode& port = pipeline.ports[i];
    new_port[i] = ports.size();
    if (build.port_named[i])
      ports.push_back(std::move(port));
    else
      build.diagnostics.warning(port.where, fmt::format("no element uses port '{}'", port.name));
  }
  std::vector<std::size_t> new_element(pipeline.elements.size());
  std::vector<ElementNode> elements;
  for (std::size_t i = 0; i < pipeline.elements.size(); ++i) {
    ElementNode& element = pipeline.elements[i];
    new_element[i] = elements.size();
    if (build.wired[i]) {
      for (std::size_t& port : element.ports) port = new_port[port];
      elements.push_back(std::move(element));
    } else {
      build.diagnostics.warning(element.where, fmt::format("element '{}' stands in no path", element.name));
    }
  }
  for (Edge& edge : pipeline.edges) {
    edge.from = new_element[edge.from];
    edge.to = new_element[edge.to];
  }
  pipeline.ports = std::move(ports);
  pipeline.elements = std::move(elements);
}

void warn_of_open_outputs(Build& build) {
  std::vector<std::vector<bool>> connected;
  for (const ElementNode& node : build.pipeline.elements) connected.emplace_back(node.outputs);
  for (const Edge& edge : build.pipeline.edges)
    if (edge.output < connected[edge.from].size()) connected[edge.from][edge.output] = true;
  for (std::size_t i = 0; i < connected.size(); ++i) {
    const ElementNode& node = build.pipeline.elements[i];
    for (PortIndex output = 0; output < node.outputs; ++output)
      if (!connected[i][output] && !node.broken)
        build.diagnostics.warning(
            node.where, fmt::format("output '{}' of '{}' leads nowhere: its packets are dropped as '{}.{}'",
                                    printable(node.output_names[output]), node.name, node.name,
                                    printable(node.output_names[output])));
  }
}

void build_all(Build& build) {
  check_top_level(build);
  if (!build.within(raw_section(build.file, "params", build.diagnostics), limits::kParameters, "parameters"))
    return;
  build_settings(build);
  build_ports(build);
  build_resources(build);
  build_elements(build);
  if (build.too_large) return;
  build_graph(build);
  if (build.too_large) return;
  build_cores(build);
  build_rings(build);
  if (build.too_large) return;
  build.parameters.report_unused();
  configure_ports(build);
  configure_elements(build);
  drop_unused(build);
  warn_of_unused_resources(build);
  warn_of_open_outputs(build);
  check_pipeline(build.pipeline, build.diagnostics);
}

}  // namespace

Value::Table Build::section(std::string_view name) {
  return parameters.substitute(raw_section(file, name, diagnostics));
}

const Value::Table* Build::table_of(const Value::Entry& entry, std::string_view what,
                                    std::string_view example) {
  const auto* table = entry.value.get_if<Value::Table>();
  if (table == nullptr)
    diagnostics.error(entry.where,
                      fmt::format("{} must be a table, not {}", printable(what), entry.value.kind()),
                      std::string(example));
  return table;
}

const std::string* Build::text_of(const Value::Entry& entry, const Value::Table& table, std::string_view key,
                                  std::string_view owner, std::string_view example) {
  const Value::Entry* given = find(table, key);
  if (given == nullptr) {
    diagnostics.error(entry.where, fmt::format("{} has no {}", owner, key), std::string(example));
    return nullptr;
  }
  const auto* text = given->value.get_if<std::string>();
  if (text == nullptr)
    diagnostics.error(given->value.where(),
                      fmt::format("'{}' takes a text, not {}", key, given->value.kind()));
  return text;
}

bool Build::within(const Value::Table& table, std::size_t limit, std::string_view what) {
  if (table.size() <= limit) return true;
  diagnostics.error(table[limit].where, fmt::format("more than {} {}", limit, what));
  too_large = true;
  return false;
}

std::vector<std::string> Build::port_names() const {
  std::vector<std::string> names;
  for (const PortNode& port : pipeline.ports) names.push_back(port.name);
  return names;
}

std::vector<std::string> Build::resource_names() const {
  std::vector<std::string> names;
  for (const ResourceNode& resource : pipeline.resources) names.push_back(resource.name);
  return names;
}

std::vector<std::string> Build::element_names() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : element_of) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

std::optional<Pipeline> build_pipeline(const PipelineFile& file, const LoadOptions& options,
                                       Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  Build build{.file = file,
              .options = options,
              .diagnostics = diagnostics,
              .lines = LineIndex(file.text),
              .parameters = Parameters(raw_section(file, "params", diagnostics), options.set, diagnostics),
              .pipeline = {},
              .port_of = {},
              .resource_of = {},
              .element_of = {},
              .port_broken = {},
              .port_named = {},
              .resource_named = {},
              .parameters_good = {},
              .wired = {}};
  build_all(build);
  if (diagnostics.errors() > errors) return std::nullopt;
  return std::move(build.pipeline);
}

}  // namespace ixyflow
