#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

/// How many copies of the elements that use ports there may be, where cores have a count: what the queues of
/// the ports are enough for.
///
/// Every copy that receives has a queue of its own; the copies that transmit on one CPU share one. Each
/// element has at least one copy; queues that are left go to the elements in the order of the file. Mistakes
/// (fewer queues than cores that transmit) are not looked for here.
struct QueueShares {
  std::vector<std::uint32_t> copies;  ///< by element: as many as its core has, or fewer
  std::vector<std::string> reasons;   ///< by element: why there are fewer; empty when there are not
};
QueueShares share_queues(const Pipeline& pipeline, const std::vector<CoreRequest>& cores,
                         const std::vector<std::size_t>& core_of);

/// Numbers the queues that the workers of `plan` use and counts them per port.
void assign_queues(const Pipeline& pipeline, Plan& plan);

}  // namespace ixyflow
