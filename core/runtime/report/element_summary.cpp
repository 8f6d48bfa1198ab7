#include "core/runtime/report/element_summary.hpp"

#include <algorithm>

#include "core/element/spec.hpp"
#include "core/runtime/report/ratio.hpp"

namespace ixyflow {

namespace {

std::string target(const Assembly& assembly, std::size_t element, PortIndex output) {
  for (const Edge& edge : assembly.pipeline.edges) {
    if (edge.from != element || edge.output != output) continue;
    const ElementNode& to = assembly.pipeline.elements[edge.to];
    return to.inputs > 1 ? "[" + std::to_string(edge.input) + "]" + to.name : to.name;
  }
  return {};
}

ExitReport read_exit(const Assembly& assembly, std::size_t element, const Node& node, PortIndex exit,
                     const ExitCounts& counts) {
  const ElementNode& description = node.description();
  ExitReport report;
  report.packets = counts.packets;
  report.bytes = counts.bytes;
  if (exit < description.outputs) {
    report.name = description.output_names[exit];
    report.to = target(assembly, element, exit);
    report.kind = report.to.empty() ? ExitKind::fault : ExitKind::output;
    return report;
  }
  const ExitSpec& spec = description.spec->exit(exit);
  report.name = spec.name;
  report.kind = spec.kind;
  return report;
}

void show(const Histogram& histogram, CounterReport& counter) {
  counter.value = histogram.count();
  counter.distribution = {.sum = histogram.sum(),
                          .p50 = histogram.percentile(0.5),
                          .p99 = histogram.percentile(0.99),
                          .p999 = histogram.percentile(0.999),
                          .max = histogram.max()};
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> numbers_of(const CounterReport& counter) {
  std::vector<std::pair<std::string, std::uint64_t>> numbers{{counter.name, counter.value}};
  if (!counter.distribution) return numbers;
  const Distribution& values = *counter.distribution;
  const std::pair<const char*, std::uint64_t> all[] = {
      {".p50", values.p50}, {".p99", values.p99}, {".p999", values.p999}, {".max", values.max}};
  for (const auto& [name, value] : all) numbers.emplace_back(counter.name + name, value);
  return numbers;
}

ElementNumbers read_element(const Assembly& assembly, std::size_t worker, std::size_t element,
                            const Node& node, const ElementSnapshot& snapshot) {
  const ElementNode& description = node.description();
  ElementNumbers numbers;
  numbers.cost = snapshot.cost;
  numbers.histograms = snapshot.histograms;
  ElementReport& report = numbers.report;
  static_cast<ElementCounts&>(report) = snapshot.counts;
  report.name = description.name;
  report.type = description.spec->name;
  report.core = assembly.plan.workers[worker].name;
  report.cpu = assembly.plan.workers[worker].cpu;
  for (std::size_t i = 0; i < snapshot.exits.size(); ++i)
    report.exits.push_back(read_exit(assembly, element, node, node.used_exits()[i], snapshot.exits[i]));
  for (std::size_t i = 0; i < snapshot.counters.size(); ++i) {
    const CounterSpec& counter = description.spec->counters[i];
    report.counters.push_back({counter.name, snapshot.counters[i]});
    numbers.counter_kinds.push_back(counter.kind);
  }
  return numbers;
}

void ElementNumbers::add(const ElementNumbers& other) {
  add_counts<ElementCounts>(report, other.report);
  cost.cycles += other.cost.cycles;
  cost.stamped += other.cost.stamped;
  for (std::size_t i = 0; i < report.exits.size(); ++i) {
    report.exits[i].packets += other.report.exits[i].packets;
    report.exits[i].bytes += other.report.exits[i].bytes;
  }
  for (std::size_t i = 0; i < report.counters.size(); ++i) {
    std::uint64_t& value = report.counters[i].value;
    const std::uint64_t more = other.report.counters[i].value;
    value = counter_kinds[i] == CounterKind::maximum ? std::max(value, more) : value + more;
  }
  for (std::size_t i = 0; i < histograms.size(); ++i) histograms[i].merge(other.histograms[i]);
}

ElementReport ElementNumbers::finish() const {
  ElementReport result = report;
  std::uint64_t moved = 0;
  for (const ExitReport& exit : report.exits) moved += exit.packets;
  auto histogram = histograms.begin();
  for (std::size_t i = 0; i < result.counters.size(); ++i)
    if (counter_kinds[i] == CounterKind::histogram) show(*histogram++, result.counters[i]);
  result.cycles_per_packet = ratio(cost.cycles, cost.stamped);
  result.packets_per_batch = ratio(std::max(report.in, moved), report.batches);
  result.lost = static_cast<std::int64_t>(report.in + report.received + report.created - moved -
                                          report.stopped - report.held);
  if (result.stopped != 0) result.exits.push_back({"stopped", ExitKind::fault, "", result.stopped, 0});
  return result;
}

ElementReport sum_copies(const std::vector<ElementNumbers>& copies, const std::string& core) {
  if (copies.size() == 1) return copies.front().finish();
  ElementNumbers total = copies.front();
  for (std::size_t i = 1; i < copies.size(); ++i) total.add(copies[i]);
  total.report.core = core;
  ElementReport report = total.finish();
  for (const ElementNumbers& copy : copies) report.copies.push_back(copy.finish());
  return report;
}

}  // namespace ixyflow
