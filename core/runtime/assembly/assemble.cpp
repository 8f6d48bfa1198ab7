#include "core/runtime/assembly/assemble.hpp"

#include <deque>

#include "core/base/secret_hash.hpp"
#include "core/graph/making/make_element.hpp"
#include "core/net/flow/flow_hash.hpp"
#include "core/packet/node_memory.hpp"
#include "core/runtime/assembly/pools.hpp"
#include "core/runtime/assembly/worker_assembly.hpp"
#include "core/runtime/engine/failpoint.hpp"

namespace ixyflow {

namespace {

/// The copies of every element: the pipeline's own where there is one, else as many as the plan wants.
Result<void> make_copies(Assembly& assembly) {
  for (std::size_t i = 0; i < assembly.pipeline.elements.size(); ++i) {
    const ElementNode& node = assembly.pipeline.elements[i];
    const std::vector<std::size_t>& workers = assembly.plan.workers_of[i];
    const auto count = static_cast<std::uint32_t>(workers.size());
    std::vector<Element*>& copies = assembly.copies.emplace_back();
    if (count == 1) copies.push_back(node.element.get());
    for (std::uint32_t copy = 0; count > 1 && copy < count; ++copy) {
      const PreferredNode there(assembly.plan.workers[workers[copy]].memory_node);
      auto made = make_copy(assembly.pipeline, node, copy, count);
      if (!made) return std::unexpected(made.error());
      copies.push_back(made->get());
      assembly.made.push_back(std::move(*made));
    }
  }
  return {};
}

void key_flows(const Plan& plan, const PipelineSettings& settings) {
  key_flow_hash(plan.secret_flow_key ? secret_seed() : settings.seed.value_or(0));
}

}  // namespace

Result<void> assemble(Assembly& assembly, const RunOptions& options) {
  assembly.trace.limit = options.trace;
  key_flows(assembly.plan, assembly.pipeline.settings);
  if (auto made = make_copies(assembly); !made) return made;
  for (const RingPlan& ring : assembly.plan.rings) {
    const int node = assembly.plan.workers[ring.to].memory_node;
    const PreferredNode there(node);
    assembly.rings.emplace_back(ring.length, ring.full, node);
  }
  for (const WorkerPlan& worker : assembly.plan.workers) {
    const PreferredNode there(worker.memory_node);
    assembly.workers.push_back(std::make_unique<Worker>(worker.name, options.clock,
                                                        assembly.pipeline.settings.burst, assembly.trace));
  }
  if (auto made = make_pools(assembly); !made) return made;

  failpoint("pools-made");

  Places places;
  std::deque<WorkerAssembly> builders;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    const PreferredNode there(assembly.plan.workers[i].memory_node);
    builders.emplace_back(assembly, i, places).add_elements();
  }
  for (WorkerAssembly& builder : builders) {
    builder.bind_queues();
    builder.add_polls();
  }
  for (std::size_t i = 0; i < assembly.pipeline.edges.size(); ++i)
    for (const Link& link : assembly.plan.links[i])
      builders[link.from].connect(assembly.pipeline.edges[i], link);
  return {};
}

}  // namespace ixyflow
