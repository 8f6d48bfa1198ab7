#include "core/graph/planner/make_plan.hpp"

#include <utility>

#include "core/graph/planner/cpus.hpp"
#include "core/graph/planner/logical_plan.hpp"
#include "core/graph/planner/pool_sizes.hpp"

namespace ixyflow {

std::optional<Plan> make_plan(const Pipeline& pipeline, const Machine& machine, const PlanOptions& options,
                              Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  Draft draft = draft_plan(pipeline, diagnostics);
  choose_cpus(pipeline, draft.placement, machine, options, draft.plan, diagnostics);
  sum_memory(pipeline, machine, draft.plan, diagnostics);
  if (diagnostics.errors() > errors) return std::nullopt;
  return std::move(draft.plan);
}

}  // namespace ixyflow
