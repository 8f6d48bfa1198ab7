#include "core/graph/planner/logical/back_pressure.hpp"

#include <algorithm>

#include "core/graph/planner/logical/port_uses.hpp"

namespace ixyflow {
namespace {

/// Whether back-pressure holds a source back, or it comes when it likes: it waits when each port that it
/// receives from does; one that makes its packets itself does.
bool waits(const Pipeline& pipeline, const ElementNode& node) {
  bool all = true;
  for_each_port(node, PortUse::receive, [&](std::size_t port, std::size_t) {
    all = all && pipeline.ports[port].port->properties().can_wait;
  });
  return all;
}

/// The polls of a worker, their needs still empty.
std::vector<PollPlan> polls_of(const Pipeline& pipeline, const Plan& plan, std::size_t worker) {
  std::vector<PollPlan> polls;
  const auto add_elements = [&](auto wanted) {
    for (const std::size_t element : plan.workers[worker].elements) {
      const ElementNode& node = pipeline.elements[element];
      if (wanted(*node.spec)) polls.push_back({PollPlan::Kind::element, element, waits(pipeline, node), {}});
    }
  };
  add_elements([](const ElementSpec& spec) { return spec.source(); });
  for (std::size_t i = 0; i < plan.rings.size(); ++i)
    if (plan.rings[i].to == worker) polls.push_back({PollPlan::Kind::ring, i, true, {}});
  add_elements([](const ElementSpec& spec) { return spec.cuts(); });
  return polls;
}

}  // namespace

PollFigures plan_polls(const Pipeline& pipeline, const Wiring& wiring, Plan& plan) {
  PollFigures figures;
  figures.ring_factors.assign(plan.rings.size(), 1);
  figures.in_flight.assign(plan.workers.size(), 0);
  ReachFinder finder(pipeline, wiring, plan);
  for (std::size_t i = 0; i < plan.workers.size(); ++i) {
    WorkerPlan& worker = plan.workers[i];
    worker.polls = polls_of(pipeline, plan, i);
    for (PollPlan& poll : worker.polls) {
      const Reach reach = finder.find(worker, poll);
      for (const PollPlan::Need& need : reach.rings) {
        Factor& factor = figures.ring_factors[need.index];
        factor = std::max(factor, need.factor);
        if (plan.rings[need.index].full == FullPolicy::wait) poll.needs.push_back(need);
      }
      poll.needs.insert(poll.needs.end(), reach.transmitters.begin(), reach.transmitters.end());
      figures.in_flight[i] += std::uint64_t{reach.alive} * pipeline.settings.burst;
    }
  }
  return figures;
}

}  // namespace ixyflow
