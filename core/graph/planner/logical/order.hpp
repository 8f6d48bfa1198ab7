#pragma once

#include <cstddef>
#include <vector>

#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// One flag per edge of a pipeline.
using EdgeSet = std::vector<bool>;

/// The edges of every element: indices into Pipeline::edges, in the order of the file.
struct Wiring {
  std::vector<std::vector<std::size_t>> out;
  std::vector<std::vector<std::size_t>> in;
};
Wiring wire(const Pipeline& pipeline);

/// The edges that leave elements which give out at their own pace (Queue): nothing that happens behind them
/// belongs to the same pass over the graph.
EdgeSet edges_behind_cuts(const Pipeline& pipeline);

/// A smallest-first choice of edges without which no cycle is left: those that lead back to an element under
/// way in a depth-first search from the sources, in the order of the file. Cycles through elements that hold
/// packets are cycles, too: what holds back its sources when it is full would wait for itself.
EdgeSet edges_closing_cycles(const Pipeline& pipeline, const Wiring& wiring);

/// All elements, each behind those that feed it, otherwise in the order of the file. The graph without the
/// edges in `without` must have no cycle.
std::vector<std::size_t> topological_order(const Pipeline& pipeline, const Wiring& wiring,
                                           const EdgeSet& without);

}  // namespace ixyflow
