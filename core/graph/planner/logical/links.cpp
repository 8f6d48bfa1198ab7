#include "core/graph/planner/logical/links.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/graph/planner/logical/port_uses.hpp"

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

namespace {

/// By what rule an element's packets found their copy: equal texts stand for equal rules. Empty: not known
/// yet.
class Dealing {
 public:
  Dealing(const Pipeline& pipeline, const Wiring& wiring, const Plan& plan)
      : pipeline_(pipeline), wiring_(wiring), plan_(plan), rules_(pipeline.elements.size()) {}

  /// In topological order. The two rules that met at the element when it is fed by more than one.
  std::pair<std::string, std::string> visit(std::size_t element) {
    std::string& rule = rules_[element];
    for_each_port(pipeline_.elements[element], PortUse::receive, [&](std::size_t port, std::size_t) {
      rule = fmt::format("the queues of driver {}", pipeline_.ports[port].spec->name);
    });
    for (const std::size_t edge : wiring_.in[element]) {
      const std::string other = rule_of(edge);
      if (other.empty() || other == rule) continue;
      if (!rule.empty()) return {rule, other};
      rule = other;
    }
    return {};
  }

 private:
  std::string rule_of(std::size_t edge) const {
    return way_of(plan_, pipeline_.edges[edge]) == Way::spread ? "the flow hash"
                                                               : rules_[pipeline_.edges[edge].from];
  }

  const Pipeline& pipeline_;
  const Wiring& wiring_;
  const Plan& plan_;
  std::vector<std::string> rules_;  ///< by element
};

}  // namespace

void check_flows(const Pipeline& pipeline, const std::vector<std::size_t>& order, const Wiring& wiring,
                 const Plan& plan, Diagnostics& diagnostics) {
  Dealing dealing(pipeline, wiring, plan);
  for (const std::size_t element : order) {
    const auto [first, second] = dealing.visit(element);
    const ElementNode& node = pipeline.elements[element];
    if (first.empty() || node.broken || plan.workers_of[element].size() == 1 ||
        node.spec->replication != Replication::per_flow)
      continue;
    diagnostics.error(
        node.where,
        fmt::format(
            "the {} copies of element '{}' (type {}) must each see whole flows, but packets are dealt out "
            "to them by {} and by {}",
            plan.workers_of[element].size(), node.name, node.spec->name, first, second),
        "receive on a core of its own, without a count: then all of them come by flow hash");
  }
}

}  // namespace ixyflow
