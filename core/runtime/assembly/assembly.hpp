#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/runtime/engine/ring.hpp"
#include "core/runtime/engine/worker.hpp"

namespace ixyflow {

/// A pipeline put together: everything that a run owns, in the order in which it may be destroyed.
struct Assembly {
  ~Assembly();

  Pipeline pipeline;
  Plan plan;
  TraceNumbers trace;
  std::vector<DmaMemory> memory;                 ///< one per Plan::memory
  std::vector<std::unique_ptr<Element>> made;    ///< copies beside the pipeline's own elements
  std::vector<std::vector<Element*>> copies;     ///< by element, one per Plan::workers_of
  std::deque<Ring> rings;                        ///< one per Plan::rings
  std::vector<std::unique_ptr<Worker>> workers;  ///< one per Plan::workers
  bool huge_pages = false;                       ///< all packet memory lies on huge pages

  /// Null: nothing needs any there.
  [[nodiscard]] DmaMemory* memory_of(int node, std::uint32_t domain) noexcept {
    for (std::size_t i = 0; i < memory.size(); ++i)
      if (plan.memory[i].node == node && plan.memory[i].domain == domain) return &memory[i];
    return nullptr;
  }
};

}  // namespace ixyflow
