#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/views/packet_change.hpp"
#include "tools/ixyflow/views/summary.hpp"

namespace ixyflow::tools {
namespace {

JsonItem counter_json(const CounterReport& counter) {
  if (!counter.distribution) return counter.value;
  const Distribution& values = *counter.distribution;
  return json_object({{"count", counter.value},
                      {"sum", values.sum},
                      {"p50", values.p50},
                      {"p99", values.p99},
                      {"p999", values.p999},
                      {"max", values.max}});
}

Value counters_json(const std::vector<CounterReport>& counters) {
  Value::Table table;
  for (const CounterReport& counter : counters) set_member(table, counter.name, counter_json(counter));
  return Value(std::move(table));
}

Value exit_json(const ExitReport& exit) {
  return json_object({{"name", exit.name},
                      {"kind", kind_name(exit.kind)},
                      {"to", json_or_null(exit.to)},
                      {"packets", exit.packets},
                      {"bytes", exit.bytes}});
}

Value element_json(const ElementReport& element) {
  return json_object({{"name", element.name},
                      {"type", element.type},
                      {"core", element.core},
                      {"cpu", element.cpu},
                      {"in", element.in},
                      {"received", element.received},
                      {"created", element.created},
                      {"held", element.held},
                      {"batches", element.batches},
                      {"cycles_per_packet", element.cycles_per_packet},
                      {"packets_per_batch", element.packets_per_batch},
                      {"no_buffer", element.no_buffer},
                      {"waited_for", element.waited_for},
                      {"lost", element.lost},
                      {"exits", json_list(element.exits, exit_json)},
                      {"counters", counters_json(element.counters)},
                      {"copies", json_list(element.copies, element_json)}});
}

Value ring_json(const RingReport& ring) {
  return json_object({{"edge", ring.edge},
                      {"from", ring.from},
                      {"to", ring.to},
                      {"length", ring.length},
                      {"full", ring.full},
                      {"packets", ring.packets},
                      {"bytes", ring.bytes},
                      {"dropped", ring.dropped},
                      {"stopped", ring.stopped},
                      {"held", ring.held},
                      {"full_events", ring.full_events},
                      {"waited_for", ring.waited_for},
                      {"average", ring.average},
                      {"peak", ring.peak}});
}

Value port_json(const PortReport& port) {
  return json_object({{"name", port.name},
                      {"driver", port.driver},
                      {"received", port.received},
                      {"received_bytes", port.received_bytes},
                      {"transmitted", port.transmitted},
                      {"transmitted_bytes", port.transmitted_bytes},
                      {"no_buffer", port.no_buffer},
                      {"receive_drops", counters_json(port.receive_drops)},
                      {"transmit_drops", counters_json(port.transmit_drops)},
                      {"counters", counters_json(port.counters)},
                      {"waited_for", port.waited_for},
                      {"error", json_or_null(port.error)}});
}

Value resource_json(const ResourceReport& resource) {
  return json_object(
      {{"name", resource.name}, {"type", resource.type}, {"counters", counters_json(resource.counters)}});
}

Value worker_json(const WorkerReport& worker) {
  return json_object({{"name", worker.name},
                      {"cpu", worker.cpu},
                      {"rounds", worker.rounds},
                      {"useful_rounds", worker.useful_rounds},
                      {"buffers", worker.buffers},
                      {"buffers_free", worker.buffers_free},
                      {"cycles_per_packet", worker.cycles_per_packet},
                      {"packets_per_round", worker.packets_per_round},
                      {"busy", worker.busy},
                      {"stale", worker.stale}});
}

Value ledger_json(const Ledger& ledger) {
  return json_object({{"received", ledger.received},
                      {"created", ledger.created},
                      {"sent", ledger.sent},
                      {"consumed", ledger.consumed},
                      {"dropped", ledger.dropped},
                      {"held", ledger.held},
                      {"balanced", ledger.balanced()}});
}

Value trace_json(const TraceStep& step) {
  return json_object({{"packet", step.packet},
                      {"element", step.element},
                      {"exit", step.exit},
                      {"kind", kind_name(step.kind)},
                      {"time_ns", step.time},
                      {"before", hex_text(step.before)},
                      {"after", hex_text(step.after)}});
}

}  // namespace

Value summary_json(const RunReport& report, const std::vector<TraceStep>& trace) {
  const Value json = json_object({{"pipeline", report.pipeline},
                                  {"seconds", report.seconds},
                                  {"stopped_by", report.stopped_by},
                                  {"huge_pages", report.huge_pages},
                                  {"elements", json_list(report.elements, element_json)},
                                  {"rings", json_list(report.rings, ring_json)},
                                  {"ports", json_list(report.ports, port_json)},
                                  {"resources", json_list(report.resources, resource_json)},
                                  {"workers", json_list(report.workers, worker_json)},
                                  {"lost_lines", report.lost_lines},
                                  {"bottleneck", report.bottleneck},
                                  {"sandbox_off", report.sandbox_off},
                                  {"ledger", ledger_json(report.ledger)}});
  return trace.empty() ? json : with_member(json, "trace", json_list(trace, trace_json));
}

}  // namespace ixyflow::tools
