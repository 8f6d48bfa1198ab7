#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/order.hpp"

namespace ixyflow {

/// Which core of `[cores]` every element runs on, and in how many copies.
struct Placement {
  std::vector<CoreRequest>
      cores;  ///< those that are used, in the order of the file; "main" when there is no [cores]
  std::vector<std::size_t> core_of;   ///< by element: index into `cores`
  std::vector<std::uint32_t> copies;  ///< by element: on the first so many CPUs of its core
  std::vector<Decision> decisions;    ///< one per element
};

/// Places every element: where its own `core` says; else where its feeders are, feedback edges not counted; a
/// source where the first element behind it that has a `core` is, or on the first core. An element that
/// transmits, has no `core`, and finds all queues of its port taken by other cores goes to one of these.
///
/// On a core with a count every element is copied, except that one which uses a port gets no more copies than
/// the port has queues for it. Mistakes go to `diagnostics`; the placement is complete all the same.
Placement place_elements(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics);

}  // namespace ixyflow
