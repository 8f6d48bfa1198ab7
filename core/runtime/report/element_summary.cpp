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
                     SnapshotReader& reader) {
  const ElementNode& description = node.description();
  ExitReport report;
  report.packets = reader.next();
  report.bytes = reader.next();
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

}  // namespace

ElementNumbers read_element(const Assembly& assembly, std::size_t worker, std::size_t element,
                            const Node& node, SnapshotReader& reader) {
  const ElementNode& description = node.description();
  ElementNumbers numbers;
  ElementReport& report = numbers.report;
  report.name = description.name;
  report.type = description.spec->name;
  report.core = assembly.plan.workers[worker].name;
  report.cpu = assembly.plan.workers[worker].cpu;
  report.in = reader.next();
  report.received = reader.next();
  report.created = reader.next();
  report.held = reader.next();
  report.batches = reader.next();
  numbers.cycles = reader.next();
  numbers.stamped = reader.next();
  report.no_buffer = reader.next();
  numbers.stopped = reader.next();
  for (const PortIndex exit : node.used_exits())
    report.exits.push_back(read_exit(assembly, element, node, exit, reader));
  for (const CounterSpec& counter : description.spec->counters) {
    report.counters.push_back({counter.name, reader.next()});
    numbers.counter_kinds.push_back(counter.kind);
  }
  return numbers;
}

void ElementNumbers::add(const ElementNumbers& other) {
  cycles += other.cycles;
  stamped += other.stamped;
  stopped += other.stopped;
  report.in += other.report.in;
  report.received += other.report.received;
  report.created += other.report.created;
  report.held += other.report.held;
  report.batches += other.report.batches;
  report.no_buffer += other.report.no_buffer;
  for (std::size_t i = 0; i < report.exits.size(); ++i) {
    report.exits[i].packets += other.report.exits[i].packets;
    report.exits[i].bytes += other.report.exits[i].bytes;
  }
  for (std::size_t i = 0; i < report.counters.size(); ++i) {
    std::uint64_t& value = report.counters[i].value;
    const std::uint64_t more = other.report.counters[i].value;
    value = counter_kinds[i] == CounterKind::maximum ? std::max(value, more) : value + more;
  }
}

ElementReport ElementNumbers::finish() const {
  ElementReport result = report;
  std::uint64_t moved = 0;
  for (const ExitReport& exit : report.exits) moved += exit.packets;
  result.cycles_per_packet = ratio(cycles, stamped);
  result.packets_per_batch = ratio(std::max(report.in, moved), report.batches);
  if (stopped != 0) result.exits.push_back({"stopped", ExitKind::fault, "", stopped, 0});
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
