#include "core/graph/planner/logical/pool_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/base/round_up.hpp"
#include "core/graph/planner/logical/port_uses.hpp"
#include "core/packet/batch.hpp"

namespace ixyflow {
namespace {

constexpr std::uint64_t kRounding = 64;

/// The domains of packets that can be born on a worker: what sources receive lies in a pool as well.
std::set<std::uint32_t> domains_of(const Pipeline& pipeline, const WorkerPlan& worker, const Plan& plan) {
  std::set<std::uint32_t> domains;
  for (const std::size_t element : worker.elements) {
    const ElementSpec& spec = *pipeline.elements[element].spec;
    if (spec.source() || spec.creates) domains.insert(plan.domain_of[element]);
  }
  return domains;
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
  for (const std::size_t element : worker.elements)
    for_each_port(pipeline.elements[element], use, [&](std::size_t port, std::size_t) {
      sum += pipeline.ports[port].port->properties().buffers;
    });
  return sum;
}

/// Where buffers can be that are away from their pool, on one worker or on many.
struct Away {
  std::uint64_t in_flight = 0;
  std::uint64_t rings = 0;
  std::uint64_t elements = 0;
  std::uint64_t ports = 0;
  std::uint64_t going_home = 0;

  [[nodiscard]] std::uint64_t sum() const noexcept {
    return in_flight + rings + elements + ports + going_home;
  }
  Away& operator+=(const Away& other) noexcept {
    in_flight += other.in_flight;
    rings += other.rings;
    elements += other.elements;
    ports += other.ports;
    going_home += other.going_home;
    return *this;
  }
};

/// What may be on a worker, whoever's buffers they are.
Away held_by(const Pipeline& pipeline, const Plan& plan, std::size_t index, std::uint64_t in_flight) {
  const WorkerPlan& worker = plan.workers[index];
  Away away{.in_flight = in_flight, .ports = port_buffers(pipeline, worker, PortUse::transmit)};
  for (const std::size_t element : worker.elements)
    away.elements += pipeline.elements[element].element->capacity();
  for (const RingPlan& ring : plan.rings)
    if (ring.from == index) away.rings += ring.length;
  return away;
}

/// What may be away from the pool of `home`, of whose packets other workers are noted to meet them.
Away away_from(std::size_t home, const std::vector<Away>& held, const Pipeline& pipeline, Plan& plan) {
  Away away{.in_flight = kMaxBatch, .ports = port_buffers(pipeline, plan.workers[home], PortUse::receive)};
  const std::vector<bool> reached = reached_from(home, plan);
  for (std::size_t other = 0; other < reached.size(); ++other) {
    if (!reached[other]) continue;
    away += held[other];
    if (other == home) continue;
    away.going_home += kMaxBatch;
    plan.workers[other].meets.push_back(home);
  }
  return away;
}

std::string show(std::uint64_t buffers, const Away& away, std::size_t pools) {
  return fmt::format(
      "{} buffers: {} under way in one round, {} in rings, {} with elements, {} with ports, {} on their way home{}",
      buffers, away.in_flight, away.rings, away.elements, away.ports, away.going_home,
      pools == 1 ? "" : fmt::format("; {} times, so that what a peer gets lies apart", pools));
}

}  // namespace

void size_pools(const Pipeline& pipeline, const std::vector<std::uint64_t>& in_flight, Plan& plan,
                Diagnostics& diagnostics) {
  std::vector<Away> held;
  for (std::size_t i = 0; i < plan.workers.size(); ++i)
    held.push_back(held_by(pipeline, plan, i, in_flight[i]));

  for (std::size_t home = 0; home < plan.workers.size(); ++home) {
    WorkerPlan& worker = plan.workers[home];
    const std::set<std::uint32_t> domains = domains_of(pipeline, worker, plan);
    if (domains.empty()) continue;
    const Away away = away_from(home, held, pipeline, plan);
    const std::uint64_t buffers = round_up(away.sum(), kRounding);
    if (buffers > kMaxBuffers)
      diagnostics.error({},
                        fmt::format("the pool of core '{}' would need {}; {} is the most", worker.name,
                                    show(buffers, away, 1), kMaxBuffers),
                        "shorter rings, smaller queues");
    const auto of_each = static_cast<std::uint32_t>(std::min(buffers, kMaxBuffers));
    for (const std::uint32_t domain : domains) worker.pools.push_back({domain, of_each});
    worker.buffers = of_each * static_cast<std::uint32_t>(domains.size());
    plan.decisions.push_back(
        {fmt::format("pool of core '{}'", worker.name), show(buffers, away, domains.size())});
  }
}

}  // namespace ixyflow
