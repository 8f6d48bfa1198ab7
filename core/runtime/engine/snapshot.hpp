#pragma once

#include <cstdint>
#include <vector>

#include "core/base/statistics/histogram.hpp"
#include "core/element/outputs.hpp"
#include "core/runtime/engine/counts.hpp"
#include "core/runtime/engine/cycle_meter.hpp"

namespace ixyflow {

/// The statistics of one copy of an element.
struct ElementSnapshot {
  ElementCounts counts;
  ElementCost cost;
  std::vector<ExitCounts> exits;        ///< in the order of Node::used_exits
  std::vector<std::uint64_t> counters;  ///< in the order of ElementSpec::counters; 0 of a histogram
  std::vector<Histogram> histograms;    ///< those among the counters, in the same order
};

/// The statistics of one worker at one round boundary. Its lists have their lengths before the worker runs,
/// so that it copies its numbers without allocating.
struct WorkerSnapshot {
  WorkerCounts counts;
  MeterCounts meter;
  std::uint32_t buffers_free = 0;         ///< of its pools
  std::vector<std::uint64_t> waits;       ///< by sink, see Sink::waits
  std::vector<ElementSnapshot> elements;  ///< by node
  // By ring of the plan; zeros where another worker is at that end of it.
  std::vector<RingInput> ring_inputs;
  std::vector<RingOutput> ring_outputs;
  std::vector<std::uint64_t> port_counters;  ///< of the queues that it serves
};

}  // namespace ixyflow
