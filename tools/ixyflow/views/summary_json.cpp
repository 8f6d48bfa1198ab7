#include <nlohmann/json.hpp>

#include "tools/ixyflow/views/packet_change.hpp"
#include "tools/ixyflow/views/summary.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

Json counters_json(const std::vector<CounterReport>& counters) {
  Json json = Json::object();
  for (const CounterReport& counter : counters) json[counter.name] = counter.value;
  return json;
}

Json element_json(const ElementReport& element) {
  Json copies = Json::array();
  for (const ElementReport& copy : element.copies) copies.push_back(element_json(copy));
  Json exits = Json::array();
  for (const ExitReport& exit : element.exits)
    exits.push_back({{"name", exit.name},
                     {"kind", kind_name(exit.kind)},
                     {"to", exit.to.empty() ? Json() : Json(exit.to)},
                     {"packets", exit.packets},
                     {"bytes", exit.bytes}});
  return {{"name", element.name},
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
          {"exits", exits},
          {"counters", counters_json(element.counters)},
          {"copies", copies}};
}

Json ring_json(const RingReport& ring) {
  return {{"edge", ring.edge},
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
          {"peak", ring.peak}};
}

Json port_json(const PortReport& port) {
  return {{"name", port.name},
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
          {"error", port.error.empty() ? Json() : Json(port.error)}};
}

Json worker_json(const WorkerReport& worker) {
  return {{"name", worker.name},
          {"cpu", worker.cpu},
          {"rounds", worker.rounds},
          {"useful_rounds", worker.useful_rounds},
          {"buffers", worker.buffers},
          {"buffers_free", worker.buffers_free},
          {"cycles_per_packet", worker.cycles_per_packet},
          {"packets_per_round", worker.packets_per_round},
          {"busy", worker.busy},
          {"stale", worker.stale}};
}

Json ledger_json(const Ledger& ledger) {
  return {{"received", ledger.received},  {"created", ledger.created}, {"sent", ledger.sent},
          {"consumed", ledger.consumed},  {"dropped", ledger.dropped}, {"held", ledger.held},
          {"balanced", ledger.balanced()}};
}

Json trace_json(const TraceStep& step) {
  return {{"packet", step.packet},        {"element", step.element}, {"exit", step.exit},
          {"kind", kind_name(step.kind)}, {"time_ns", step.time},    {"before", hex_text(step.before)},
          {"after", hex_text(step.after)}};
}

template <class Items, class ToJson>
Json list(const Items& items, ToJson to_json) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(to_json(item));
  return json;
}

}  // namespace

std::string summary_json(const RunReport& report, const std::vector<TraceStep>& trace, JsonLayout layout) {
  Json json{{"pipeline", report.pipeline},
            {"seconds", report.seconds},
            {"stopped_by", report.stopped_by},
            {"huge_pages", report.huge_pages},
            {"elements", list(report.elements, element_json)},
            {"rings", list(report.rings, ring_json)},
            {"ports", list(report.ports, port_json)},
            {"workers", list(report.workers, worker_json)},
            {"lost_lines", report.lost_lines},
            {"bottleneck", report.bottleneck},
            {"ledger", ledger_json(report.ledger)}};
  if (!trace.empty()) json["trace"] = list(trace, trace_json);
  if (layout == JsonLayout::line) return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ixyflow::tools
