#include "core/runtime/report/summary.hpp"

#include <algorithm>

#include "core/element/spec.hpp"
#include "core/runtime/report/element_summary.hpp"
#include "core/runtime/report/ratio.hpp"

namespace ixyflow {

namespace {

/// Calls `visit(queue, counter)` for every counter that a worker writes: those of the queues that it serves.
template <class Visit>
void for_each_port_counter(const Assembly& assembly, std::size_t worker, Visit visit) {
  for (const QueueUse& queue : assembly.workers[worker]->queues())
    for (const PortCounterSpec& counter : assembly.pipeline.ports[queue.port_index].spec->counters)
      if (queue.receive == (counter.direction == PortDirection::receive)) visit(queue, counter);
}

/// `timed`: the time that the worker has run is known; not of a stepped run.
WorkerReport read_worker(const WorkerPlan& plan, SnapshotReader& reader, bool& timed) {
  WorkerReport report;
  report.name = plan.name;
  report.cpu = plan.cpu;
  report.buffers = plan.buffers;
  report.rounds = reader.next();
  report.useful_rounds = reader.next();
  const std::uint64_t polled = reader.next();
  const std::uint64_t cycles = reader.next();
  const std::uint64_t stamped = reader.next();
  report.cycles_per_packet = ratio(cycles, polled);
  report.packets_per_round = ratio(polled, stamped);
  // The useful rounds that were not stamped are taken to be like those that were.
  const double useful_cycles = ratio(cycles, stamped) * static_cast<double>(report.useful_rounds);
  const std::uint64_t elapsed = reader.next();
  timed = elapsed != 0;
  if (timed) report.busy = std::min(1.0, useful_cycles / static_cast<double>(elapsed));
  return report;
}

/// The share of its time that a worker spent in empty rounds with a source that waited for room: an empty
/// round takes as long as any other one.
double waited_share(const WorkerReport& worker, std::uint64_t waits) {
  const std::uint64_t empty = worker.rounds - worker.useful_rounds;
  return (1 - worker.busy) * std::min(1.0, ratio(waits, empty));
}

/// Adds what one queue counted to what the port's other queues did.
void add_port_counter(const PortCounterSpec& counter, std::uint64_t value, PortReport& report) {
  std::vector<CounterReport>& counters = !counter.drop ? report.counters
                                         : counter.direction == PortDirection::receive
                                             ? report.receive_drops
                                             : report.transmit_drops;
  const auto known = std::ranges::find(counters, counter.name, &CounterReport::name);
  if (known != counters.end())
    known->value += value;
  else
    counters.push_back({counter.name, value});
}

/// What elements received from and sent to the port.
void add_port_traffic(const ElementNode& element, const ElementReport& traffic,
                      std::vector<PortReport>& ports) {
  for (std::size_t i = 0; i < element.spec->ports.size(); ++i) {
    PortReport& port = ports[element.ports[i]];
    if (element.spec->ports[i].use == PortUse::receive) {
      port.received += traffic.received;
      port.no_buffer += traffic.no_buffer;
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

/// Their counters are read where they are: no worker owns them.
std::vector<ResourceReport> read_resources(const Pipeline& pipeline) {
  std::vector<ResourceReport> reports;
  for (const ResourceNode& node : pipeline.resources) {
    ResourceReport& report = reports.emplace_back(node.name, node.spec->name);
    for (const ResourceCounterSpec& counter : node.spec->counters)
      report.counters.push_back({counter.name, counter.value(*node.resource)});
  }
  return reports;
}

/// Reads the numbers of one worker after the other, in the order of `list_statistics`, into a report.
class ReportMaker {
 public:
  explicit ReportMaker(const Assembly& assembly)
      : assembly_(assembly), plan_(assembly.plan), copies_(assembly.pipeline.elements.size()) {
    report_.pipeline = assembly.pipeline.settings.name;
    report_.huge_pages = assembly.huge_pages;
    for (const RingPlan& ring : plan_.rings)
      report_.rings.push_back({.edge = assembly.pipeline.show(assembly.pipeline.edges[ring.edge]),
                               .from = plan_.workers[ring.from].name,
                               .to = plan_.workers[ring.to].name,
                               .length = ring.length,
                               .full = ring.full == FullPolicy::wait ? "wait" : "drop"});
    for (const PortNode& port : assembly.pipeline.ports) {
      PortReport& entry = report_.ports.emplace_back();
      entry.name = port.name;
      entry.driver = port.spec->name;
    }
    taken_.resize(report_.rings.size());
    waited_for_.resize(assembly.pipeline.elements.size());
  }

  void read(std::size_t worker, const Snapshot& snapshot) {
    SnapshotReader reader(snapshot);
    bool timed = false;
    report_.workers.push_back(read_worker(plan_.workers[worker], reader, timed));
    report_.lost_lines += assembly_.workers[worker]->messages().lost();
    read_sinks(worker, timed, reader);
    read_elements(worker, reader);
    read_rings(worker, reader);
    for_each_port_counter(assembly_, worker, [&](const QueueUse& queue, const PortCounterSpec& counter) {
      add_port_counter(counter, reader.next(), report_.ports[queue.port_index]);
    });
  }

  RunReport finish() && {
    for (const auto& copies : copies_) {
      const std::size_t element = report_.elements.size();
      report_.elements.push_back(sum_copies(copies, plan_.workers[plan_.workers_of[element].front()].core));
      report_.elements.back().waited_for = waited_for_[element];
    }
    // Producer and consumer are seen at two moments while a run goes on: the difference is never below 0 at
    // its end.
    for (std::size_t ring = 0; ring < report_.rings.size(); ++ring) {
      RingReport& entry = report_.rings[ring];
      entry.held = entry.packets - std::min(entry.packets, taken_[ring]);
    }
    report_.resources = read_resources(assembly_.pipeline);
    report_.ledger = balance(report_);
    return std::move(report_);
  }

 private:
  void read_sinks(std::size_t worker, bool timed, SnapshotReader& reader) {
    for (const Sink& sink : assembly_.workers[worker]->sinks()) {
      const std::uint64_t waits = reader.next();
      if (!timed) continue;
      double& waited_for = sink.ring != nullptr   ? ring_report(*sink.ring).waited_for
                           : sink.port != nullptr ? report_.ports[sink.index].waited_for
                                                  : waited_for_[sink.index];
      waited_for = std::max(waited_for, waited_share(report_.workers.back(), waits));
    }
  }

  RingReport& ring_report(const Ring& ring) {
    std::size_t index = 0;
    while (&assembly_.rings[index] != &ring) ++index;
    return report_.rings[index];
  }

  void read_elements(std::size_t worker, SnapshotReader& reader) {
    std::size_t position = 0;
    for (const Node& node : assembly_.workers[worker]->nodes()) {
      const std::size_t element = plan_.workers[worker].elements[position++];
      copies_[element].push_back(read_element(assembly_, worker, element, node, reader));
      add_port_traffic(assembly_.pipeline.elements[element], copies_[element].back().report, report_.ports);
    }
  }

  void read_rings(std::size_t worker, SnapshotReader& reader) {
    for (std::size_t ring = 0; ring < report_.rings.size(); ++ring) {
      RingReport& entry = report_.rings[ring];
      if (plan_.rings[ring].from == worker) {
        entry.packets = reader.next();
        entry.bytes = reader.next();
        entry.dropped = reader.next();
        entry.full_events = reader.next();
      }
      if (plan_.rings[ring].to == worker) {
        taken_[ring] = reader.next();
        entry.stopped = reader.next();
        const std::uint64_t finds = reader.next();
        entry.average = ratio(reader.next(), finds);
        entry.peak = reader.next();
      }
    }
  }

  const Assembly& assembly_;
  const Plan& plan_;
  RunReport report_;
  std::vector<std::vector<ElementNumbers>> copies_;  ///< by element
  std::vector<std::uint64_t> taken_;                 ///< by ring: packets that came out
  std::vector<double> waited_for_;                   ///< by element
};

}  // namespace

void list_statistics(const Assembly& assembly, std::size_t index,
                     const std::function<void(std::uint64_t)>& visit) {
  assembly.workers[index]->visit(visit);
  for (std::size_t i = 0; i < assembly.plan.rings.size(); ++i) {
    const Ring& ring = assembly.rings[i];
    if (assembly.plan.rings[i].from == index)
      for (const std::uint64_t number : {ring.pushed, ring.pushed_bytes, ring.dropped, ring.full_events})
        visit(number);
    if (assembly.plan.rings[i].to == index)
      for (const std::uint64_t number : {ring.taken, ring.stopped, ring.finds, ring.found, ring.peak})
        visit(number);
  }
  for_each_port_counter(assembly, index, [&](const QueueUse& queue, const PortCounterSpec& counter) {
    visit(counter.value(*queue.port, queue.queue));
  });
}

RunReport make_report(const Assembly& assembly, std::span<const Snapshot> snapshots) {
  ReportMaker maker(assembly);
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) maker.read(i, snapshots[i]);
  return std::move(maker).finish();
}

}  // namespace ixyflow
