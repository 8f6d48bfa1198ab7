#include "core/graph/planner/machine/node_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/cache_line.hpp"
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

/// By node and domain.
using MemoryBytes = std::map<std::pair<int, std::uint32_t>, std::uint64_t>;

/// What a node has, beside what the plan takes there.
void compare(NodePlan& node, const Plan& plan, const Machine& machine, Diagnostics& diagnostics) {
  for (const MemoryPlan& piece : plan.memory)
    if (piece.node == node.node) node.huge_pages += (piece.bytes + kHugePage - 1) / kHugePage;
  const auto there = std::ranges::find(machine.nodes, node.node, &NumaNode::id);
  if (there == machine.nodes.end()) return;
  node.huge_pages_free = there->huge_pages_free;
  const std::uint64_t needed = node.packet_bytes + node.device_bytes + node.ring_bytes;
  if (there->memory_bytes != 0 && needed > there->memory_bytes)
    diagnostics.error({},
                      fmt::format("the plan needs {} MiB on NUMA node {}, which has {} MiB", needed >> 20,
                                  node.node, there->memory_bytes >> 20),
                      "shorter rings, smaller queues or a smaller packet_size");
}

}  // namespace

void sum_memory(const Pipeline& pipeline, const Machine& machine, Plan& plan, Diagnostics& diagnostics) {
  std::map<int, NodePlan> nodes;
  MemoryBytes memory;
  for (const WorkerPlan& worker : plan.workers) {
    NodePlan& node = nodes[worker.memory_node];
    node.buffers += worker.buffers;
    for (const PoolPlan& pool : worker.pools) {
      const std::uint64_t bytes = pipeline.buffers.bytes(pool.buffers);
      node.packet_bytes += bytes;
      // Each pool begins with a cache line.
      memory[{worker.memory_node, pool.domain}] += bytes + kCacheLine;
    }
  }
  for (const RingPlan& ring : plan.rings)
    nodes[plan.workers[ring.to].memory_node].ring_bytes += ring.length * sizeof(void*);
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i) {
    const PortProperties properties = pipeline.ports[i].port->properties();
    plan.device_addresses = std::max(plan.device_addresses, properties.addresses);
    plan.memory_of_port.push_back(memory_node_of(i, properties.node, nodes, plan));
    if (plan.workers.empty()) continue;
    const int at = plan.memory_of_port.back();
    const std::uint64_t bytes =
        properties.queue_memory * (plan.port_queues[i].receive + plan.port_queues[i].transmit);
    nodes[at].device_bytes += bytes;
    memory[{at, plan.domain_of_port[i]}] += bytes;
  }
  for (const auto& [place, bytes] : memory) plan.memory.push_back({place.first, place.second, bytes});

  for (auto& [id, node] : nodes) {
    node.node = id;
    compare(node, plan, machine, diagnostics);
    plan.nodes.push_back(node);
  }
}

}  // namespace ixyflow
