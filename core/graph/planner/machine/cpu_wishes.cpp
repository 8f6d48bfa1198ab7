#include "core/graph/planner/machine/cpu_wishes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ixyflow {

bool uses_port_with_node(const Pipeline& pipeline, const WorkerPlan& worker) {
  return std::ranges::any_of(worker.queues, [&](const QueuePlan& queue) {
    return pipeline.ports[queue.port].port->properties().node != kAnyNode;
  });
}

Wish wish_for_port(const Pipeline& pipeline, const WorkerPlan& worker, const std::string& near) {
  for (const PortNode& port : pipeline.ports)
    if (!near.empty() && port.name == near)
      return {port.port->properties().node, fmt::format("where port '{}' is, as 'near' says", near)};
  for (const PortUse use : {PortUse::receive, PortUse::transmit})
    for (const QueuePlan& queue : worker.queues) {
      if (pipeline.elements[queue.element].spec->ports[queue.use].use != use) continue;
      const PortNode& port = pipeline.ports[queue.port];
      if (const int node = port.port->properties().node; node != kAnyNode)
        return {node,
                fmt::format("where port '{}' is, {}", port.name,
                            use == PortUse::receive ? "from which it receives" : "on which it transmits")};
    }
  return {};
}

Wish wish_for_neighbour(const Plan& plan, std::size_t worker, const std::vector<bool>& placed) {
  for (const bool feeds : {true, false})
    for (const RingPlan& ring : plan.rings) {
      const std::size_t here = feeds ? ring.to : ring.from;
      const std::size_t there = feeds ? ring.from : ring.to;
      if (here == worker && there != worker && placed[there])
        return {plan.workers[there].node, fmt::format("where core '{}' is, {}", plan.workers[there].name,
                                                      feeds ? "which feeds it" : "which it feeds")};
    }
  return {};
}

}  // namespace ixyflow
