#include "core/graph/planner/logical/logical_plan.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/graph/planner/logical/back_pressure.hpp"
#include "core/graph/planner/logical/domains.hpp"
#include "core/graph/planner/logical/flows.hpp"
#include "core/graph/planner/logical/links.hpp"
#include "core/graph/planner/logical/order.hpp"
#include "core/graph/planner/logical/pool_sizes.hpp"
#include "core/graph/planner/logical/queues.hpp"
#include "core/graph/planner/logical/rings.hpp"

namespace ixyflow {
namespace {

/// One worker per CPU of each core, with its copies of elements in `order`.
void make_workers(const Pipeline& pipeline, const Placement& placement, const std::vector<std::size_t>& order,
                  Plan& plan) {
  std::vector<std::size_t> first_worker;  // by core
  for (const CoreRequest& core : placement.cores) {
    first_worker.push_back(plan.workers.size());
    for (std::uint32_t copy = 0; copy < core.count; ++copy) {
      WorkerPlan& worker = plan.workers.emplace_back();
      worker.name = core.count == 1 ? core.name : fmt::format("{}.{}", core.name, copy);
      worker.core = core.name;
      worker.copy = copy;
      worker.copies = core.count;
    }
  }
  plan.workers_of.resize(pipeline.elements.size());
  for (const std::size_t element : order)
    for (std::uint32_t copy = 0; copy < placement.copies[element]; ++copy) {
      const std::size_t worker = first_worker[placement.core_of[element]] + copy;
      plan.workers_of[element].push_back(worker);
      plan.workers[worker].elements.push_back(element);
    }
}

EdgeSet either(const EdgeSet& a, const EdgeSet& b) {
  EdgeSet set(a.size());
  for (std::size_t i = 0; i < set.size(); ++i) set[i] = a[i] || b[i];
  return set;
}

}  // namespace

LogicalPlan make_logical_plan(const Pipeline& pipeline, Diagnostics& diagnostics) {
  const Wiring wiring = wire(pipeline);
  LogicalPlan logical{.placement = place_elements(pipeline, wiring, diagnostics), .plan = {}};
  Plan& plan = logical.plan;
  plan.decisions = std::move(logical.placement.decisions);

  const EdgeSet cut = edges_behind_cuts(pipeline);
  const EdgeSet closing = edges_closing_cycles(pipeline, wiring);
  const std::vector<std::size_t> order = topological_order(pipeline, wiring, either(cut, closing));
  make_workers(pipeline, logical.placement, order, plan);
  make_links(pipeline, closing, plan);
  set_ring_policies(pipeline, plan, diagnostics);
  assign_queues(pipeline, plan);
  plan_flows(pipeline, order, wiring, plan, diagnostics);
  const PollFigures figures = plan_polls(pipeline, wiring, plan, diagnostics);
  set_ring_lengths(pipeline, figures.ring_factors, plan, diagnostics);
  find_domains(pipeline, plan);
  size_pools(pipeline, figures.in_flight, plan, diagnostics);
  return logical;
}

}  // namespace ixyflow
