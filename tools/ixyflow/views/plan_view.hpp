#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/values/value.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// A plan as tables: what each core does, the rings of every edge between cores, the elements that hold
/// packets, the memory of every node. With `explain`, the reason of every decision behind them.
std::string plan_text(const Pipeline& pipeline, const Plan& plan, bool explain, Look look);

/// The same as JSON, every ring and every reason by itself.
Value plan_json(const Pipeline& pipeline, const Plan& plan);

/// A `[cores]` table for `pipeline` that asks for what the plan's warnings advise: cores that use a port are
/// near it, no CPU is named whose choice the plan warns of, and there are no more copies than the machine has
/// CPUs for. Comments say which CPUs that gives on
/// `machine`.
std::string suggest_cores(Pipeline& pipeline, const Plan& plan, const Machine& machine,
                          const PlanOptions& options);

/// Bytes of a worker's pool.
std::uint64_t pool_bytes(const Pipeline& pipeline, const WorkerPlan& worker);
/// "wan rx 0", "lan tx 1" for every queue that the worker uses, each once.
std::vector<std::string> queues_of(const Pipeline& pipeline, const WorkerPlan& worker);
std::vector<std::string> names_of(const Pipeline& pipeline, const WorkerPlan& worker);
/// What becomes of the packets of an edge between cores: "one to one", "spread by flow", ...
std::string_view kind_of(const Plan& plan, const Edge& edge);
std::string_view policy_name(FullPolicy policy);

/// An input of an element that holds a bounded number of packets, on one core.
struct HolderView {
  std::string name;  ///< "queue", "[1]drr" of several inputs
  std::size_t worker = 0;
  std::uint32_t room = 0;  ///< packets that it takes when it is empty
  std::string_view full;   ///< "wait"; "drop" when no source that reaches it can wait; "wait, drop"
};
std::vector<HolderView> holders_of(const Pipeline& pipeline, const Plan& plan);

}  // namespace ixyflow::tools
