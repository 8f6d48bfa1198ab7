#include "tools/ixyflow/test/planned_test.hpp"

#include <utility>

#include "tools/ixyflow/pipeline/imagined_machine.hpp"

namespace ixyflow::tools {

TestTraffic no_traffic(const PipelineFile& file) {
  TestTraffic traffic;
  const Value::Entry* ports = find(file.root, "ports");
  if (const auto* table = ports == nullptr ? nullptr : ports->value.get_if<Value::Table>())
    for (const Value::Entry& entry : *table) traffic[entry.key] = std::make_shared<PortTraffic>();
  return traffic;
}

std::optional<PlannedTest> plan_test(const PipelineFile& file, const TestCase& test, LoadOptions options,
                                     const TestTraffic& traffic, Diagnostics& diagnostics) {
  for (const auto& [name, value] : test.set) options.set.emplace_back(name, value);
  options.swaps.clear();
  for (const auto& [port, packets] : traffic)
    options.swaps.push_back({port, "", [own = packets] { return std::make_unique<MemoryPort>(own); }});
  auto pipeline = build_pipeline(file, options, diagnostics);
  if (!pipeline) return std::nullopt;
  auto plan = make_plan(*pipeline, imagined_machine(*pipeline), {.oversubscribe = true}, diagnostics);
  if (!plan) return std::nullopt;
  return PlannedTest{std::move(*pipeline), std::move(*plan)};
}

}  // namespace ixyflow::tools
