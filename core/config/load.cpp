#include "core/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/text/suggestion.hpp"
#include "core/config/build_context.hpp"
#include "core/config/keys/file_keys.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/graph/planner/buffers.hpp"
#include "core/graph/planner/check.hpp"

namespace ixyflow {
namespace {

void check_top_level(BuildContext& build) {
  std::vector<std::string> names;
  for (const TopLevelKey& key : top_level_keys()) names.push_back(key.name);
  for (const Value::Entry& entry : build.file.root) {
    if (std::ranges::find(names, entry.key) != names.end()) continue;
    if (entry.key == "include" || entry.key == "subgraphs") {
      build.diagnostics.error(entry.where, fmt::format("'{}' is reserved for a later version", entry.key));
      continue;
    }
    build.sections_wrong.emplace(nearest_name(entry.key, names));
    std::string hint = build.suggest(entry.key, [&] { return names; });
    if (hint.empty()) hint = list_of_names("the file has", names);
    build.diagnostics.error(entry.where,
                            fmt::format("unknown key '{}' at the top of the file", printable(entry.key)),
                            std::move(hint));
  }
}

/// Whether [params] is short enough; that it is a table at all was looked at when it was read.
bool check_parameters(BuildContext& build) {
  const Value::Entry* params = find(build.file.root, "params");
  const auto* table = params != nullptr ? params->value.get_if<Value::Table>() : nullptr;
  return table == nullptr || build.within(*table, limits::kParameters, "parameters");
}

void build_all(BuildContext& build) {
  check_top_level(build);
  if (!check_parameters(build)) return;
  // Without a plugin everything that a file says of its types would be a mistake.
  if (!build_settings(build)) return;
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
  build.pipeline.buffers = plan_buffers(build.pipeline, build.diagnostics);
  configure_ports(build);
  configure_elements(build);
  drop_unused(build);
  check_files(build);
  check_pipeline(build.pipeline, build.diagnostics, !build.paths_wrong);
}

}  // namespace

std::optional<Pipeline> build_pipeline(const PipelineFile& file, const LoadOptions& options,
                                       Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  BuildContext build(file, options, diagnostics);
  build_all(build);
  if (diagnostics.errors() > errors) return std::nullopt;
  return std::move(build.pipeline);
}

}  // namespace ixyflow
