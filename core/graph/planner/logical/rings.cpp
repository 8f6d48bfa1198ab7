#include "core/graph/planner/logical/rings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>

namespace ixyflow {
namespace {

constexpr std::uint64_t kMinAutomaticLength = 1024;
constexpr std::uint64_t kMinStrandLength = 512;

/// By edge: who asks for a length, if anybody.
std::vector<const RingRequest*> length_requests(const Pipeline& pipeline) {
  std::vector<const RingRequest*> requests(pipeline.edges.size());
  for (const RingRequest& request : pipeline.rings)
    if (request.length) requests[request.edge] = &request;
  return requests;
}

/// Where an edge has several strands, each of them sees a part of the packets.
std::uint64_t shortest(const Pipeline& pipeline, const Plan& plan, const RingPlan& ring) {
  const bool strands = plan.workers_of[pipeline.edges[ring.edge].from].size() > 1 ||
                       plan.workers_of[pipeline.edges[ring.edge].to].size() > 1;
  return strands ? kMinStrandLength : kMinAutomaticLength;
}

std::uint32_t automatic_length(std::uint64_t needed, std::uint64_t least) {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(std::bit_ceil(2 * needed), least, kMaxRingLength));
}

void check_length(const Pipeline& pipeline, const RingPlan& ring, const RingRequest* request, Factor factor,
                  Diagnostics& diagnostics) {
  const Edge& edge = pipeline.edges[ring.edge];
  const std::uint64_t needed = std::uint64_t{pipeline.settings.burst} * factor;
  if (request != nullptr && ring.length < needed)
    diagnostics.error(
        request->where,
        fmt::format("the ring of '{}' must hold at least {} packets: a burst of {}, times {} that "
                    "one packet can become",
                    pipeline.show(edge), needed, pipeline.settings.burst, factor));
  if (request == nullptr && needed > kMaxRingLength)
    diagnostics.error(
        edge.where,
        fmt::format("one burst can become {} packets at the ring of '{}', more than a ring can hold ({})",
                    needed, pipeline.show(edge), kMaxRingLength));
}

std::string explain_policy(const RingPlan& ring) {
  if (ring.closes_cycle) return "drops when full, because it closes a cycle and must never wait";
  if (ring.full == FullPolicy::drop) return "drops when full, as the file says";
  return "when full, sources that can wait are held back";
}

}  // namespace

void set_ring_policies(const Pipeline& pipeline, Plan& plan, Diagnostics& diagnostics) {
  for (const RingRequest& request : pipeline.rings) {
    if (!request.full) continue;
    for (RingPlan& ring : plan.rings) {
      if (ring.edge != request.edge) continue;
      if (!ring.closes_cycle || *request.full == FullPolicy::drop) {
        ring.full = *request.full;
        continue;
      }
      diagnostics.error(
          request.where,
          fmt::format("the ring of '{}' closes a cycle and cannot wait: it would wait for itself",
                      pipeline.show(pipeline.edges[request.edge])),
          "leave 'full' out, or write full = \"drop\"");
      break;
    }
  }
}

void set_ring_lengths(const Pipeline& pipeline, const std::vector<Factor>& factors, Plan& plan,
                      Diagnostics& diagnostics) {
  const std::vector<const RingRequest*> requests = length_requests(pipeline);
  std::vector<bool> explained(pipeline.edges.size());
  for (std::size_t i = 0; i < plan.rings.size(); ++i) {
    RingPlan& ring = plan.rings[i];
    const RingRequest* request = requests[ring.edge];
    const std::uint64_t needed = std::uint64_t{pipeline.settings.burst} * factors[i];
    const std::uint64_t least = shortest(pipeline, plan, ring);
    ring.length = request != nullptr ? *request->length : automatic_length(needed, least);
    if (explained[ring.edge]) continue;  // by another strand of the edge
    explained[ring.edge] = true;
    check_length(pipeline, ring, request, factors[i], diagnostics);
    const std::string reason =
        request != nullptr
            ? "the file says so"
            : fmt::format(
                  "twice what one burst of {} can become there ({}), rounded up to a power of two, at least {}",
                  pipeline.settings.burst, needed, least);
    plan.decisions.push_back({fmt::format("ring '{}'", pipeline.show(pipeline.edges[ring.edge])),
                              fmt::format("{} packets: {}; {}", ring.length, reason, explain_policy(ring))});
  }
}

}  // namespace ixyflow
