#include "core/graph/buffers.hpp"

#include <algorithm>
#include <limits>

#include "core/packet/batch.hpp"

namespace ixyflow {
namespace {

constexpr std::uint64_t kRounding = 64;

/// Whether packets can be born here: what sources receive lies in the pool as well.
bool creates(const ElementSpec& spec) {
  return spec.source() || spec.creates;
}

/// The worker itself and all that its packets reach over rings.
std::vector<bool> reached_from(std::size_t start, const Plan& plan) {
  std::vector<bool> reached(plan.workers.size());
  std::vector<std::size_t> open{start};
  reached[start] = true;
  while (!open.empty()) {
    const std::size_t worker = open.back();
    open.pop_back();
    for (const RingPlan& ring : plan.rings)
      if (ring.from == worker && !reached[ring.to]) {
        reached[ring.to] = true;
        open.push_back(ring.to);
      }
  }
  return reached;
}

std::uint64_t port_buffers(const Pipeline& pipeline, const WorkerPlan& worker, PortUse use) {
  std::uint64_t sum = 0;
  for (const std::size_t element : worker.elements) {
    const ElementNode& node = pipeline.elements[element];
    for (std::size_t i = 0; i < node.ports.size(); ++i)
      if (node.spec->ports[i].use == use) sum += pipeline.ports[node.ports[i]].port->properties().buffers;
  }
  return sum;
}

/// What may be on a worker, whoever's buffers they are.
std::uint64_t held_by(const Pipeline& pipeline, const Plan& plan, std::size_t index,
                      std::uint64_t in_flight) {
  const WorkerPlan& worker = plan.workers[index];
  std::uint64_t sum = in_flight + port_buffers(pipeline, worker, PortUse::transmit);
  for (const std::size_t element : worker.elements) sum += pipeline.elements[element].element->capacity();
  for (const RingPlan& ring : plan.rings)
    if (ring.from == index) sum += ring.length;
  return sum;
}

}  // namespace

void size_pools(const Pipeline& pipeline, const std::vector<std::uint64_t>& in_flight, Plan& plan) {
  std::vector<std::uint64_t> held(plan.workers.size());
  for (std::size_t i = 0; i < held.size(); ++i) held[i] = held_by(pipeline, plan, i, in_flight[i]);

  for (std::size_t home = 0; home < plan.workers.size(); ++home) {
    const std::vector<std::size_t>& elements = plan.workers[home].elements;
    if (std::ranges::none_of(elements, [&](std::size_t e) { return creates(*pipeline.elements[e].spec); }))
      continue;
    std::uint64_t sum = kMaxBatch + port_buffers(pipeline, plan.workers[home], PortUse::receive);
    const std::vector<bool> reached = reached_from(home, plan);
    for (std::size_t other = 0; other < reached.size(); ++other) {
      if (!reached[other]) continue;
      sum += held[other];
      if (other == home) continue;
      sum += kMaxBatch;
      plan.workers[other].meets.push_back(home);
    }
    sum = (sum + kRounding - 1) / kRounding * kRounding;
    plan.workers[home].buffers =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
  }
}

}  // namespace ixyflow
