#include "tools/ixyflow/test/number_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/text/suggestion.hpp"
#include "tools/ixyflow/test/expectations.hpp"

namespace ixyflow::tools {
namespace {

ElementReport blank_element(const Pipeline& pipeline, std::size_t index) {
  const ElementNode& node = pipeline.elements[index];
  ElementReport report;
  report.name = node.name;
  for (PortIndex output = 0; output < node.outputs; ++output) {
    const auto wired = std::ranges::find_if(
        pipeline.edges, [&](const Edge& edge) { return edge.from == index && edge.output == output; });
    const bool leads = wired != pipeline.edges.end();
    report.exits.push_back({node.output_names[output], leads ? ExitKind::output : ExitKind::fault,
                            leads ? pipeline.elements[wired->to].name : "", 0, 0});
  }
  for (const ExitSpec& exit : node.spec->exits)
    if (exit.kind != ExitKind::output) report.exits.push_back({exit.name, exit.kind, "", 0, 0});
  // Where a run that has lasted its time is stopped.
  report.exits.push_back({"stopped", ExitKind::fault, "", 0, 0});
  for (const CounterSpec& counter : node.spec->counters) {
    CounterReport& blank = report.counters.emplace_back(counter.name);
    if (counter.kind == CounterKind::histogram) blank.distribution = Distribution();
  }
  return report;
}

/// Of "web.filtered", whose element is there, the names that it has; else the names before the point.
std::string hint_for(const std::string& name, const NamedNumbers& known) {
  std::vector<std::string> all;
  std::vector<std::string> of_element;
  std::vector<std::string> elements;
  const std::string element = name.substr(0, name.rfind('.') + 1);
  for (const auto& [other, value] : known) {
    all.push_back(other);
    if (other.starts_with(element)) of_element.push_back(other);
    const std::string owner = other.substr(0, other.find('.'));
    if (elements.empty() || elements.back() != owner) elements.push_back(owner);
  }
  if (!of_element.empty()) return nearest_or_list(name, "there are", of_element);
  std::string nearest = did_you_mean(name, all);
  return nearest.empty() ? list_of_names("there are those of", elements) : nearest;
}

void check_names(std::string_view what, const std::vector<TestNumber>& expected, const NamedNumbers& known,
                 Diagnostics& diagnostics) {
  for (const TestNumber& number : expected)
    if (!known.contains(number.name))
      diagnostics.error(number.where, fmt::format("there is no {} '{}'", what, printable(number.name, 60)),
                        hint_for(number.name, known));
}

}  // namespace

RunReport blank_report(const PlannedTest& test) {
  RunReport report;
  for (std::size_t i = 0; i < test.pipeline.elements.size(); ++i)
    report.elements.push_back(blank_element(test.pipeline, i));
  for (const RingPlan& ring : test.plan.rings)
    report.rings.emplace_back().edge = test.pipeline.show(test.pipeline.edges[ring.edge]);
  for (const PortNode& node : test.pipeline.ports) report.ports.emplace_back().name = node.name;
  for (const ResourceNode& node : test.pipeline.resources) {
    ResourceReport& resource = report.resources.emplace_back(node.name, node.spec->name);
    for (const ResourceCounterSpec& counter : node.spec->counters)
      resource.counters.push_back({counter.name, 0});
  }
  return report;
}

void check_numbers(const PipelineFile& file, const std::vector<TestCase>& tests, const LoadOptions& options,
                   Diagnostics& diagnostics) {
  for (const TestCase& test : tests) {
    if (test.counters.empty() && test.drops.empty()) continue;
    Diagnostics own;
    const auto planned = plan_test(file, test, options, no_traffic(file), own);
    if (!planned) continue;
    const RunReport report = blank_report(*planned);
    check_names("counter", test.counters, counters_of(report), diagnostics);
    check_names("drop", test.drops, drops_of(report), diagnostics);
  }
}

}  // namespace ixyflow::tools
