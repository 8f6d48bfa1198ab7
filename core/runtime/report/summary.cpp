#include "core/runtime/report/summary.hpp"

#include <algorithm>

#include "core/element/spec.hpp"
#include "core/runtime/engine/plugin_call.hpp"
#include "core/runtime/report/element_summary.hpp"
#include "core/runtime/report/ratio.hpp"

namespace ixyflow {

namespace {

/// Calls `visit(queue, counter, number)` for every number that a worker writes: those of the queues that it
/// serves, of a counter its value and then, if it has them, its bytes.
template <class Visit>
void for_each_port_counter(const Assembly& assembly, std::size_t worker, Visit visit) {
  for (const QueueUse& queue : assembly.workers[worker]->queues())
    for (const PortCounterSpec& counter : assembly.pipeline.ports[queue.port_index].spec->counters) {
      if (queue.receive != (counter.direction == PortDirection::receive)) continue;
      visit(queue, counter, counter.value);
      if (counter.bytes) visit(queue, counter, counter.bytes);
    }
}

WorkerReport read_worker(const WorkerPlan& plan, const WorkerSnapshot& snapshot) {
  WorkerReport report;
  static_cast<WorkerCounts&>(report) = snapshot.counts;
  report.name = plan.name;
  report.cpu = plan.cpu;
  report.buffers = plan.buffers;
  report.buffers_free = snapshot.buffers_free;
  const MeterCounts& meter = snapshot.meter;
  report.cycles_per_packet = ratio(meter.cycles, meter.polled);
  report.packets_per_round = ratio(meter.polled, meter.rounds);
  // The useful rounds that were not stamped are taken to be like those that were.
  const double useful_cycles = ratio(meter.cycles, meter.rounds) * static_cast<double>(report.useful_rounds);
  if (report.elapsed != 0) report.busy = std::min(1.0, useful_cycles / static_cast<double>(report.elapsed));
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

/// What a port took and lost was not sent after all.
void take_back(const PortCounterSpec& counter, bool bytes, std::uint64_t lost, PortReport& report) {
  if (!counter.drop || counter.direction != PortDirection::transmit) return;
  std::uint64_t& sent = bytes ? report.transmitted_bytes : report.transmitted;
  sent -= std::min(sent, lost);
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
  // took them were not sent after all. So what the ports sent is what all of them together show.
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
    const PluginCall call("resource", node.name);
    ResourceReport& report = reports.emplace_back(node.name, node.spec->name);
    for (const ResourceCounterSpec& counter : node.spec->counters)
      report.counters.push_back({counter.name, counter.value(*node.resource)});
  }
  return reports;
}

/// Reads the snapshots of one worker after the other into a report.
class ReportMaker {
 public:
  explicit ReportMaker(const Assembly& assembly)
      : assembly_(assembly), plan_(assembly.plan), copies_(assembly.pipeline.elements.size()) {
    report_.pipeline = assembly.pipeline.settings.name;
    report_.huge_pages = assembly.huge_pages;
    for (const RingPlan& ring : plan_.rings) {
      RingReport& entry = report_.rings.emplace_back();
      entry.edge = assembly.pipeline.show(assembly.pipeline.edges[ring.edge]);
      entry.from = plan_.workers[ring.from].name;
      entry.to = plan_.workers[ring.to].name;
      entry.length = ring.length;
      entry.full = ring.full == FullPolicy::wait ? "wait" : "drop";
    }
    for (const PortNode& port : assembly.pipeline.ports) {
      PortReport& entry = report_.ports.emplace_back();
      entry.name = port.name;
      entry.driver = port.spec->name;
    }
    waited_for_.resize(assembly.pipeline.elements.size());
  }

  void read(std::size_t worker, const WorkerSnapshot& snapshot) {
    report_.workers.push_back(read_worker(plan_.workers[worker], snapshot));
    report_.lost_lines += assembly_.workers[worker]->messages().lost();
    read_waits(worker, snapshot.waits);
    read_elements(worker, snapshot.elements);
    read_rings(worker, snapshot);
    auto value = snapshot.port_counters.begin();
    for_each_port_counter(assembly_, worker,
                          [&](const QueueUse& queue, const PortCounterSpec& counter, const auto& number) {
                            PortReport& port = report_.ports[queue.port_index];
                            const bool bytes = &number == &counter.bytes;
                            if (!bytes) add_port_counter(counter, *value, port);
                            take_back(counter, bytes, *value++, port);
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
    for (RingReport& ring : report_.rings) ring.held = ring.packets - std::min(ring.packets, ring.taken);
    report_.resources = read_resources(assembly_.pipeline);
    report_.ledger = balance(report_);
    return std::move(report_);
  }

 private:
  /// Shares of time are not known of a run that nobody timed: one that is stepped.
  void read_waits(std::size_t worker, const std::vector<std::uint64_t>& waits) {
    if (report_.workers.back().elapsed == 0) return;
    for (std::size_t i = 0; i < waits.size(); ++i) {
      const Sink& sink = assembly_.workers[worker]->sinks()[i];
      double& waited_for = sink.ring != nullptr   ? ring_report(*sink.ring).waited_for
                           : sink.port != nullptr ? report_.ports[sink.index].waited_for
                                                  : waited_for_[sink.index];
      waited_for = std::max(waited_for, waited_share(report_.workers.back(), waits[i]));
    }
  }

  RingReport& ring_report(const Ring& ring) {
    std::size_t index = 0;
    while (&assembly_.rings[index] != &ring) ++index;
    return report_.rings[index];
  }

  void read_elements(std::size_t worker, const std::vector<ElementSnapshot>& snapshots) {
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
      const Node& node = assembly_.workers[worker]->nodes()[i];
      const std::size_t element = plan_.workers[worker].elements[i];
      copies_[element].push_back(read_element(assembly_, worker, element, node, snapshots[i]));
      add_port_traffic(assembly_.pipeline.elements[element], copies_[element].back().report, report_.ports);
    }
  }

  void read_rings(std::size_t worker, const WorkerSnapshot& snapshot) {
    for (std::size_t ring = 0; ring < report_.rings.size(); ++ring) {
      RingReport& entry = report_.rings[ring];
      if (plan_.rings[ring].from == worker) static_cast<RingInput&>(entry) = snapshot.ring_inputs[ring];
      if (plan_.rings[ring].to == worker) static_cast<RingOutput&>(entry) = snapshot.ring_outputs[ring];
      entry.average = ratio(entry.found, entry.finds);
    }
  }

  const Assembly& assembly_;
  const Plan& plan_;
  RunReport report_;
  std::vector<std::vector<ElementNumbers>> copies_;  ///< by element
  std::vector<double> waited_for_;                   ///< by element
};

}  // namespace

WorkerSnapshot blank_snapshot(const Assembly& assembly, std::size_t worker) {
  WorkerSnapshot blank = assembly.workers[worker]->blank_snapshot();
  blank.ring_inputs.resize(assembly.rings.size());
  blank.ring_outputs.resize(assembly.rings.size());
  for_each_port_counter(assembly, worker, [&blank](const QueueUse&, const PortCounterSpec&, const auto&) {
    blank.port_counters.push_back(0);
  });
  return blank;
}

void take_snapshot(const Assembly& assembly, std::size_t worker, WorkerSnapshot& into) noexcept {
  assembly.workers[worker]->snapshot(into);
  for (std::size_t i = 0; i < assembly.rings.size(); ++i) {
    if (assembly.plan.rings[i].from == worker) into.ring_inputs[i] = assembly.rings[i].in;
    if (assembly.plan.rings[i].to == worker) into.ring_outputs[i] = assembly.rings[i].out;
  }
  auto value = into.port_counters.begin();
  for_each_port_counter(assembly, worker,
                        [&value](const QueueUse& queue, const PortCounterSpec&, const auto& number) {
                          *value++ = number(*queue.port, queue.queue);
                        });
}

RunReport make_report(const Assembly& assembly, std::span<const WorkerSnapshot> snapshots) {
  ReportMaker maker(assembly);
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) maker.read(i, snapshots[i]);
  return std::move(maker).finish();
}

}  // namespace ixyflow
