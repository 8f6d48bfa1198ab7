#include "core/graph/planner/logical/links.hpp"

namespace ixyflow {
namespace {

/// How an edge leads from the copies of one element to those of another.
enum class Way : std::uint8_t { to_same, to_only, folded, spread };

Way way_of(const Plan& plan, const Edge& edge) {
  const auto& from = plan.workers_of[edge.from];
  const auto& to = plan.workers_of[edge.to];
  if (from.size() == to.size()) return Way::to_same;
  if (to.size() == 1) return Way::to_only;
  const bool same_core = plan.workers[from.front()].core == plan.workers[to.front()].core;
  return same_core && from.size() > to.size() ? Way::folded : Way::spread;
}

/// The workers that copy `copy` of the edge's feeder sends to.
std::vector<std::size_t> targets_of(const Plan& plan, const Edge& edge, std::size_t copy) {
  const std::vector<std::size_t>& to = plan.workers_of[edge.to];
  switch (way_of(plan, edge)) {
    case Way::to_same:
      return {to[copy]};
    case Way::to_only:
      return {to.front()};
    case Way::folded:
      return {to[copy % to.size()]};
    case Way::spread:
      break;
  }
  return to;
}

}  // namespace

bool spreads_flows(const Plan& plan, const Edge& edge) {
  return way_of(plan, edge) == Way::spread;
}

void make_links(const Pipeline& pipeline, const EdgeSet& closing, Plan& plan) {
  plan.links.resize(pipeline.edges.size());
  for (std::size_t i = 0; i < pipeline.edges.size(); ++i) {
    const std::vector<std::size_t>& feeders = plan.workers_of[pipeline.edges[i].from];
    for (std::size_t copy = 0; copy < feeders.size(); ++copy) {
      Link& link = plan.links[i].emplace_back();
      link.from = feeders[copy];
      for (const std::size_t worker : targets_of(plan, pipeline.edges[i], copy)) {
        Link::Target& target = link.targets.emplace_back(Link::Target{worker, {}});
        if (worker == link.from && !closing[i]) continue;
        target.ring = plan.rings.size();
        plan.rings.push_back({.edge = i,
                              .from = link.from,
                              .to = worker,
                              .length = 0,
                              .full = closing[i] ? FullPolicy::drop : FullPolicy::wait,
                              .closes_cycle = closing[i]});
      }
    }
  }
}

}  // namespace ixyflow
