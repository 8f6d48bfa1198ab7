#include "core/runtime/summary.hpp"

#include <algorithm>

#include "core/element/spec.hpp"

namespace ixyflow {

namespace {

/// Which worker serves a direction of a port, if any: the writer of the port's counters for that direction.
bool serves(const Assembly& assembly, std::size_t worker, std::size_t port, PortDirection direction) {
  for (const std::size_t index : assembly.plan.workers[worker].elements) {
    const ElementNode& element = assembly.pipeline.elements[index];
    for (std::size_t i = 0; i < element.spec->ports.size(); ++i)
      if (element.ports[i] == port &&
          (element.spec->ports[i].use == PortUse::receive) == (direction == PortDirection::receive))
        return true;
  }
  return false;
}

/// Reads the numbers in the order in which they were listed.
class Reader {
 public:
  explicit Reader(const Numbers& numbers) : numbers_(numbers) {}
  std::uint64_t next() { return at_ < numbers_.size() ? numbers_[at_++] : 0; }

 private:
  const Numbers& numbers_;
  std::size_t at_ = 0;
};

double ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

std::string target(const Assembly& assembly, std::size_t element, PortIndex output) {
  for (const Edge& edge : assembly.pipeline.edges) {
    if (edge.from != element || edge.output != output) continue;
    const ElementNode& to = assembly.pipeline.elements[edge.to];
    return to.inputs > 1 ? "[" + std::to_string(edge.input) + "]" + to.name : to.name;
  }
  return {};
}

ExitReport read_exit(const Assembly& assembly, std::size_t element, const Node& node, PortIndex exit,
                     Reader& reader) {
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
  const auto& exits = description.spec->exits;
  const auto spec = std::find_if(exits.begin(), exits.end(),
                                 [exit](const ExitSpec& candidate) { return candidate.index == exit; });
  report.name = spec->name;
  report.kind = spec->kind;
  return report;
}

ElementReport read_element(const Assembly& assembly, std::size_t worker, std::size_t element,
                           const Node& node, Reader& reader) {
  const ElementNode& description = node.description();
  ElementReport report;
  report.name = description.name;
  report.type = description.spec->name;
  report.core = assembly.plan.workers[worker].name;
  report.cpu = assembly.plan.workers[worker].cpu;
  report.in = reader.next();
  report.received = reader.next();
  report.created = reader.next();
  report.held = reader.next();
  report.batches = reader.next();
  const std::uint64_t cycles = reader.next();
  report.cycles_per_packet = ratio(cycles, reader.next());
  report.no_buffer = reader.next();
  const std::uint64_t stopped = reader.next();
  std::uint64_t moved = 0;
  for (const PortIndex exit : node.used_exits()) {
    report.exits.push_back(read_exit(assembly, element, node, exit, reader));
    moved += report.exits.back().packets;
  }
  if (stopped != 0) report.exits.push_back({"stopped", ExitKind::fault, "", stopped, 0});
  report.packets_per_batch = ratio(std::max(report.in, moved), report.batches);
  for (const CounterSpec& counter : description.spec->counters)
    report.counters.push_back({counter.name, reader.next()});
  return report;
}

WorkerReport read_worker(const Assembly& assembly, std::size_t index, Reader& reader) {
  const WorkerPlan& plan = assembly.plan.workers[index];
  WorkerReport report;
  report.name = plan.name;
  report.cpu = plan.cpu;
  report.buffers = plan.buffers;
  report.rounds = reader.next();
  report.useful_rounds = reader.next();
  const std::uint64_t polled = reader.next();
  report.cycles_per_packet = ratio(reader.next(), polled);
  return report;
}

void read_port(const Assembly& assembly, std::size_t worker, std::size_t index, PortReport& report,
               Reader& reader) {
  for (const PortCounterSpec& counter : assembly.pipeline.ports[index].spec->counters) {
    if (!serves(assembly, worker, index, counter.direction)) continue;
    CounterReport value{counter.name, reader.next()};
    if (!counter.drop)
      report.counters.push_back(std::move(value));
    else
      (counter.direction == PortDirection::receive ? report.receive_drops : report.transmit_drops)
          .push_back(std::move(value));
  }
}

/// What elements received from and sent to the port.
void add_port_traffic(const ElementNode& element, const ElementReport& traffic,
                      std::vector<PortReport>& ports) {
  for (std::size_t i = 0; i < element.spec->ports.size(); ++i) {
    PortReport& port = ports[element.ports[i]];
    if (element.spec->ports[i].use == PortUse::receive) {
      port.received += traffic.received;
      for (const ExitReport& exit : traffic.exits) port.received_bytes += exit.bytes;
      continue;
    }
    for (const ExitReport& exit : traffic.exits) {
      if (exit.kind != ExitKind::sent) continue;
      port.transmitted += exit.packets;
      port.transmitted_bytes += exit.bytes;
    }
  }
}

std::uint64_t sum(const std::vector<CounterReport>& counters) {
  std::uint64_t total = 0;
  for (const CounterReport& counter : counters) total += counter.value;
  return total;
}

Ledger balance(const RunReport& report) {
  Ledger ledger;
  for (const ElementReport& element : report.elements) {
    ledger.received += element.received;
    ledger.created += element.created;
    ledger.held += element.held;
    for (const ExitReport& exit : element.exits) {
      switch (exit.kind) {
        case ExitKind::output:
          break;
        case ExitKind::sent:
          ledger.sent += exit.packets;
          break;
        case ExitKind::consumed:
          ledger.consumed += exit.packets;
          break;
        case ExitKind::intended:
        case ExitKind::fault:
          ledger.dropped += exit.packets;
          break;
      }
    }
  }
  for (const RingReport& ring : report.rings) {
    ledger.dropped += ring.dropped + ring.stopped;
    ledger.held += ring.held;
  }
  // Packets that a port lost before an element saw them came in, and are gone; those that it lost after it
  // took them were not sent after all.
  for (const PortReport& port : report.ports) {
    const std::uint64_t lost_in = sum(port.receive_drops);
    const std::uint64_t lost_out = std::min(sum(port.transmit_drops), ledger.sent);
    ledger.received += lost_in;
    ledger.sent -= lost_out;
    ledger.dropped += lost_in + lost_out;
  }
  return ledger;
}

}  // namespace

void list_numbers(const Assembly& assembly, std::size_t index,
                  const std::function<void(std::uint64_t)>& visit) {
  assembly.workers[index]->visit(visit);
  for (std::size_t i = 0; i < assembly.plan.rings.size(); ++i) {
    const Ring& ring = assembly.rings[i];
    if (assembly.plan.rings[i].from == index)
      for (const std::uint64_t number : {ring.pushed, ring.pushed_bytes, ring.dropped}) visit(number);
    if (assembly.plan.rings[i].to == index)
      for (const std::uint64_t number : {ring.taken, ring.stopped}) visit(number);
  }
  for (std::size_t port = 0; port < assembly.pipeline.ports.size(); ++port)
    for (const PortCounterSpec& counter : assembly.pipeline.ports[port].spec->counters)
      if (serves(assembly, index, port, counter.direction))
        visit(counter.get(*assembly.pipeline.ports[port].port).value());
}

RunReport make_report(const Assembly& assembly, std::span<const Numbers> numbers) {
  RunReport report;
  report.pipeline = assembly.pipeline.settings.name;
  report.huge_pages = assembly.huge_pages;
  report.elements.resize(assembly.pipeline.elements.size());
  for (const RingPlan& ring : assembly.plan.rings)
    report.rings.push_back({.edge = assembly.pipeline.show(assembly.pipeline.edges[ring.edge]),
                            .length = ring.length,
                            .full = ring.full == FullPolicy::wait ? "wait" : "drop"});
  for (const PortNode& port : assembly.pipeline.ports) {
    PortReport& entry = report.ports.emplace_back();
    entry.name = port.name;
    entry.driver = port.spec->name;
  }

  std::vector<std::uint64_t> taken(report.rings.size());
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    Reader reader(numbers[i]);
    report.workers.push_back(read_worker(assembly, i, reader));
    report.lost_lines += assembly.workers[i]->messages().lost();
    std::size_t position = 0;
    for (const Node& node : assembly.workers[i]->nodes()) {
      const std::size_t element = assembly.plan.workers[i].elements[position++];
      report.elements[element] = read_element(assembly, i, element, node, reader);
      add_port_traffic(assembly.pipeline.elements[element], report.elements[element], report.ports);
    }
    for (std::size_t ring = 0; ring < report.rings.size(); ++ring) {
      if (assembly.plan.rings[ring].from == i) {
        report.rings[ring].packets = reader.next();
        report.rings[ring].bytes = reader.next();
        report.rings[ring].dropped = reader.next();
      }
      if (assembly.plan.rings[ring].to == i) {
        taken[ring] = reader.next();
        report.rings[ring].stopped = reader.next();
      }
    }
    for (std::size_t port = 0; port < report.ports.size(); ++port)
      read_port(assembly, i, port, report.ports[port], reader);
  }
  // Producer and consumer are seen at two moments while a run goes on: the difference is never below 0 at its
  // end.
  for (std::size_t ring = 0; ring < report.rings.size(); ++ring)
    report.rings[ring].held = report.rings[ring].packets - std::min(report.rings[ring].packets, taken[ring]);
  report.ledger = balance(report);
  return report;
}

}  // namespace ixyflow
