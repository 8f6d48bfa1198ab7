#include "core/graph/planner/machine/node_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/packet/mempool.hpp"

namespace ixyflow {
namespace {

/// Where the memory of a port's own queues lies: on its node if a worker has memory there, else with a worker
/// that uses it.
int memory_node_of(std::size_t port, int node, const std::map<int, NodePlan>& nodes, const Plan& plan) {
  if (nodes.contains(node) || plan.workers.empty()) return node;
  for (const WorkerPlan& worker : plan.workers)
    for (const QueuePlan& queue : worker.queues)
      if (queue.port == port) return worker.memory_node;
  return plan.workers.front().memory_node;
}

}  // namespace

void sum_memory(const Pipeline& pipeline, const Machine& machine, Plan& plan, Diagnostics& diagnostics) {
  std::map<int, NodePlan> nodes;
  for (const WorkerPlan& worker : plan.workers) {
    NodePlan& node = nodes[worker.memory_node];
    node.buffers += worker.buffers;
    if (worker.buffers > 0) node.packet_bytes += pipeline.buffers.bytes(worker.buffers);
  }
  for (const RingPlan& ring : plan.rings)
    nodes[plan.workers[ring.to].memory_node].ring_bytes += ring.length * sizeof(void*);
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i) {
    const PortProperties properties = pipeline.ports[i].port->properties();
    plan.device_addresses = std::max(plan.device_addresses, properties.addresses);
    plan.memory_of_port.push_back(memory_node_of(i, properties.node, nodes, plan));
    if (!plan.workers.empty())
      nodes[plan.memory_of_port.back()].device_bytes +=
          properties.queue_memory * (plan.port_queues[i].receive + plan.port_queues[i].transmit);
  }

  for (auto& [id, node] : nodes) {
    node.node = id;
    node.huge_pages = (node.packet_bytes + node.device_bytes + kHugePage - 1) / kHugePage;
    const auto there = std::ranges::find(machine.nodes, id, &NumaNode::id);
    const std::uint64_t memory = there != machine.nodes.end() ? there->memory_bytes : 0;
    if (there != machine.nodes.end()) node.huge_pages_free = there->huge_pages_free;
    const std::uint64_t needed = node.packet_bytes + node.device_bytes + node.ring_bytes;
    if (memory != 0 && needed > memory)
      diagnostics.error({},
                        fmt::format("the plan needs {} MiB on NUMA node {}, which has {} MiB", needed >> 20,
                                    id, memory >> 20),
                        "shorter rings, smaller queues or a smaller packet_size");
    plan.nodes.push_back(node);
  }
}

}  // namespace ixyflow
