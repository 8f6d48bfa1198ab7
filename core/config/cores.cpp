#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/build_context.hpp"
#include "core/config/keys/file_keys.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"

namespace ixyflow {
namespace {

void add_core(BuildContext& build, const Value::Entry& entry) {
  CoreRequest core{.name = entry.key, .cpu = {}, .near = {}, .count = 1, .where = entry.where};
  build.check_name(entry, "a core");
  if (const Value::Table* table = build.table_of(entry, fmt::format("core '{}'", entry.key),
                                                 "{ cpu = 3 }, { near = \"a port\" }, { count = 2 } or {}")) {
    apply_parameters(&core, *table, core_keys(), {}, fmt::format("core '{}'", entry.key), entry.where,
                     build.diagnostics);
    const Value::Entry* near = find(*table, "near");
    if (near != nullptr && !core.near.empty() && !build.port_of.contains(core.near))
      build.report_unknown(near->value.where(), "port", core.near, [&] { return build.port_names(); });
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
void check_number_of_cores(BuildContext& build) {
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

void check_elements_cores(BuildContext& build) {
  std::vector<std::string> names;
  for (const CoreRequest& core : build.pipeline.cores) names.push_back(core.name);
  for (ElementNode& node : build.pipeline.elements) {
    if (node.core.empty() || std::ranges::find(names, node.core) != names.end()) continue;
    build.report_unknown(
        find(node.parameters, "core")->value.where(), "core", node.core, [&] { return names; },
        fmt::format("declare it: [cores] {} = {{}}", printable(node.core)));
    node.core.clear();
    node.broken = true;
  }
}

}  // namespace

void build_cores(BuildContext& build) {
  const Value::Table table = build.section("cores");
  if (!build.within(table, limits::kCores, "cores")) return;
  for (const Value::Entry& entry : table) add_core(build, entry);
  check_number_of_cores(build);
  check_elements_cores(build);
}

}  // namespace ixyflow
