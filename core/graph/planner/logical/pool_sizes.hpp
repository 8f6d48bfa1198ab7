#pragma once

#include <cstdint>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

/// Fills in `pools`, `buffers` and `meets` of every worker, for which domains must be known. `in_flight` says
/// for each worker how many packets its polls of one round can have under way at most.
///
/// A pool must hold all that can be away from it at one time, or a pipeline would stall by itself; of its
/// worker and of all workers that its packets reach over rings, that is the sum of
///   the packets in flight + the lengths of their outgoing rings + what their elements can hold + what the
///   ports that they transmit on hold + a batch on its way home from each other worker,
/// and, at home only, what the ports hold that it receives from. One batch is added as a margin; the sum is
/// rounded up to a multiple of 64. A worker has a pool for each domain that something here creates packets
/// of, all of this size. A pool beyond kMaxBuffers is a mistake.
void size_pools(const Pipeline& pipeline, const std::vector<std::uint64_t>& in_flight, Plan& plan,
                Diagnostics& diagnostics);

/// The most buffers that one pool may have.
inline constexpr std::uint64_t kMaxBuffers = std::uint64_t{1} << 30;

}  // namespace ixyflow
