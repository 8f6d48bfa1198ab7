#include "tools/ixyflow/commands/verbose.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/messages/log.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/views/plan_view.hpp"

namespace ixyflow::tools {
namespace {

void tell_port(const PortNode& port, const PortQueues& queues) {
  const PortProperties properties = port.port->properties();
  std::string text = fmt::format(
      "port '{}' ({}): {}, {}; it {}", port.name, port.spec->name, plural(queues.receive, "receive queue"),
      plural(queues.transmit, "transmit queue"),
      properties.can_wait ? "waits when nothing has room" : "does not wait: what finds no room is dropped");
  if (properties.node >= 0) text += fmt::format("; on NUMA node {}", properties.node);
  if (properties.shares_memory) text += "; another process gets the memory of its packets";
  if (!properties.claims.empty()) text += fmt::format("; for itself: {}", fmt::join(properties.claims, ", "));
  log(LogLevel::info, text);
}

void tell_memory(const Plan& plan, const NodePlan& node) {
  const bool huge = node.huge_pages_free >= node.huge_pages;
  log(LogLevel::info,
      fmt::format("memory of node {}: {} in {}, {} for devices, {} for rings; {} of 2 MiB wanted, {} free{}",
                  node.node, plural(node.buffers, "buffer"), memory_size(node.packet_bytes),
                  memory_size(node.device_bytes), memory_size(node.ring_bytes),
                  plural(node.huge_pages, "huge page"), thousands(node.huge_pages_free),
                  huge                                                 ? ""
                  : plan.device_addresses == DeviceAddresses::physical ? ": too few"
                                                                       : ": pages of 4 KiB instead"));
}

}  // namespace

void tell_plan(const Pipeline& pipeline, const Plan& plan) {
  for (const Decision& decision : plan.decisions)
    log(decision.subject.starts_with("element") ? LogLevel::debug : LogLevel::info,
        fmt::format("{}: {}", decision.subject, decision.text));
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i) tell_port(pipeline.ports[i], plan.port_queues[i]);
  for (const NodePlan& node : plan.nodes) tell_memory(plan, node);
  for (const WorkerPlan& worker : plan.workers) {
    log(LogLevel::debug, fmt::format("core '{}' on CPU {} runs, in this order: {}", worker.name, worker.cpu,
                                     fmt::join(names_of(pipeline, worker), ", ")));
    log(LogLevel::debug, fmt::format("core '{}' has {}, and memory of node {}", worker.name,
                                     plural(worker.buffers, "buffer"), worker.memory_node));
  }
  for (const RingPlan& ring : plan.rings)
    log(LogLevel::debug,
        fmt::format("ring '{}' from core '{}' to '{}': {}, {} when it is full",
                    pipeline.show(pipeline.edges[ring.edge]), plan.workers[ring.from].name,
                    plan.workers[ring.to].name, plural(ring.length, "packet"), policy_name(ring.full)));
}

}  // namespace ixyflow::tools
