#include "core/graph/planner/logical/back_pressure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "core/graph/planner/logical/port_uses.hpp"

namespace ixyflow {
namespace {

/// The polls of a worker, their needs still empty.
std::vector<PollPlan> polls_of(const Pipeline& pipeline, const Plan& plan, std::size_t worker) {
  std::vector<PollPlan> polls;
  const auto add_elements = [&](auto wanted) {
    for (const std::size_t element : plan.workers[worker].elements) {
      const ElementNode& node = pipeline.elements[element];
      if (wanted(*node.spec))
        polls.push_back(
            {.kind = PollPlan::Kind::element, .index = element, .waits = pipeline.waits(node), .needs = {}});
    }
  };
  add_elements([](const ElementSpec& spec) { return spec.source(); });
  for (std::size_t i = 0; i < plan.rings.size(); ++i)
    if (plan.rings[i].to == worker)
      polls.push_back({.kind = PollPlan::Kind::ring, .index = i, .waits = true, .needs = {}});
  add_elements([](const ElementSpec& spec) { return spec.cuts(); });
  return polls;
}

/// The most that the place of a need takes in when it is empty. Rings are made long enough.
std::uint32_t room_of(const Pipeline& pipeline, const PollPlan::Need& need) {
  if (need.kind == PollPlan::Need::Kind::ring) return std::numeric_limits<std::uint32_t>::max();
  const ElementNode& node = pipeline.elements[need.index];
  std::uint32_t room = node.element->room(need.input);
  for_each_port(node, PortUse::transmit, [&](std::size_t port, std::size_t) {
    room = std::min(room, pipeline.ports[port].port->properties().transmit_room);
  });
  return room;
}

std::uint32_t burst_of(const Pipeline& pipeline, const PollPlan& poll) {
  std::uint32_t burst = pipeline.settings.burst;
  for (const PollPlan::Need& need : poll.needs)
    // Who is always polled fetches what has come: what has no room is dropped by name.
    if (poll.waits || need.kind != PollPlan::Need::Kind::holder)
      burst = std::min(burst, std::max(1U, room_of(pipeline, need) / need.factor));
  return burst;
}

/// How sources that can wait reach a transmitting element, or an input of one that holds packets.
struct Use {
  PollPlan::Need need;      ///< the one with the largest factor
  std::uint32_t burst = 0;  ///< the least that one of the sources fetches at once
};
using Uses = std::map<std::pair<std::size_t, PortIndex>, Use>;  ///< by element and input

Uses uses_of(const Plan& plan) {
  Uses uses;
  for (const WorkerPlan& worker : plan.workers)
    for (const PollPlan& poll : worker.polls)
      for (const PollPlan::Need& need : poll.needs) {
        if (!poll.waits || need.kind == PollPlan::Need::Kind::ring) continue;
        Use& use = uses.try_emplace({need.index, need.input}, Use{need, poll.burst}).first->second;
        if (need.factor > use.need.factor) use.need = need;
        use.burst = std::min(use.burst, poll.burst);
      }
  return uses;
}

/// Refuses those that one packet can never get through, and says what elements do that hold packets.
void tell_of_room(const Pipeline& pipeline, Plan& plan, Diagnostics& diagnostics) {
  for (const auto& [place, use] : uses_of(plan)) {
    const ElementNode& node = pipeline.elements[use.need.index];
    const std::uint32_t room = room_of(pipeline, use.need);
    if (room < use.need.factor && !node.broken)
      diagnostics.error(node.where,
                        fmt::format("element '{}' (type {}) must have room for at least {} packets, "
                                    "not {}: so many can one packet become on its way there",
                                    node.name, node.spec->name, use.need.factor, room));
    if (use.need.kind != PollPlan::Need::Kind::holder) continue;
    std::string text =
        fmt::format("takes in {} packets; when it is full, sources that can wait are held back", room);
    if (use.burst < pipeline.settings.burst)
      text += fmt::format("; for its sake some fetch {} at once instead of {}", use.burst,
                          pipeline.settings.burst);
    plan.decisions.push_back({fmt::format("element '{}'", node.name), std::move(text)});
  }
}

}  // namespace

PollFigures plan_polls(const Pipeline& pipeline, const Wiring& wiring, Plan& plan, Diagnostics& diagnostics) {
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
      poll.needs.insert(poll.needs.end(), reach.holders.begin(), reach.holders.end());
      poll.burst = burst_of(pipeline, poll);
      figures.in_flight[i] += std::uint64_t{reach.alive} * pipeline.settings.burst;
    }
  }
  tell_of_room(pipeline, plan, diagnostics);
  return figures;
}

}  // namespace ixyflow
