#pragma once

#include <string>
#include <vector>

#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/engine/snapshot.hpp"
#include "core/runtime/report/report.hpp"

namespace ixyflow {

/// What one copy of an element did: its report, and the sums that shares and means are made from.
struct ElementNumbers {
  ElementReport report;
  ElementCost cost;
  std::vector<CounterKind> counter_kinds;  ///< one per counter of the report
  std::vector<Histogram> histograms;       ///< one per counter of that kind

  void add(const ElementNumbers& other);
  /// The report, complete.
  [[nodiscard]] ElementReport finish() const;
};

/// What the snapshot says of the copy of element `element` on worker `worker`.
ElementNumbers read_element(const Assembly& assembly, std::size_t worker, std::size_t element,
                            const Node& node, const ElementSnapshot& snapshot);

/// The report of an element: that of its one copy, or the sums over all of them with each by itself. `core`
/// is the name of the core with a count.
ElementReport sum_copies(const std::vector<ElementNumbers>& copies, const std::string& core);

}  // namespace ixyflow
