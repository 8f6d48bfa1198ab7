#include "core/graph/planner/make_plan.hpp"

#include <utility>

#include "core/graph/planner/logical/logical_plan.hpp"
#include "core/graph/planner/machine/cpus.hpp"
#include "core/graph/planner/machine/machine_warnings.hpp"
#include "core/graph/planner/machine/node_memory.hpp"

namespace ixyflow {

std::optional<Plan> make_plan(const Pipeline& pipeline, const Machine& machine, const PlanOptions& options,
                              Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  auto [placement, plan] = make_logical_plan(pipeline, diagnostics);
  choose_cpus(pipeline, placement, machine, options.oversubscribe, plan, diagnostics);
  sum_memory(pipeline, machine, plan, diagnostics);
  if (diagnostics.errors() > errors) return std::nullopt;
  add_machine_warnings(pipeline, machine, plan);
  return std::move(plan);
}

}  // namespace ixyflow
