#include "core/graph/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "core/graph/buffers.hpp"
#include "core/graph/order.hpp"
#include "core/graph/polls.hpp"

namespace ixyflow {
namespace {

class Drafter {
 public:
  Drafter(const Pipeline& pipeline, Diagnostics& diagnostics)
      : pipeline_(pipeline), diagnostics_(diagnostics), wiring_(wire(pipeline)) {
    draft_.placement = place_elements(pipeline, wiring_, diagnostics);
  }

  Draft draft() && {
    const EdgeSet cut = edges_behind_cuts(pipeline_);
    const EdgeSet closing = edges_closing_cycles(pipeline_, wiring_, cut);
    plan().worker_of = draft_.placement.core_of;
    make_workers(cut, closing);
    make_rings(closing);
    make_polls();
    set_ring_lengths();
    size_pools(pipeline_, in_flight_, plan());
    return std::move(draft_);
  }

 private:
  Plan& plan() noexcept { return draft_.plan; }

  void make_workers(const EdgeSet& cut, const EdgeSet& closing) {
    for (const CoreRequest& core : draft_.placement.cores) {
      if (core.count != 1)
        diagnostics_.error(core.where,
                           fmt::format("core '{}': a count above 1 is not possible yet", core.name),
                           "replicas on several cores come with a later version");
      plan().workers.emplace_back().name = core.name;
    }
    EdgeSet ignored(cut.size());
    for (std::size_t i = 0; i < ignored.size(); ++i) ignored[i] = cut[i] || closing[i];
    for (const std::size_t element : topological_order(pipeline_, wiring_, ignored))
      plan().workers[plan().worker_of[element]].elements.push_back(element);
  }

  void make_rings(const EdgeSet& closing) {
    plan().ring_of.resize(pipeline_.edges.size());
    for (std::size_t i = 0; i < pipeline_.edges.size(); ++i) {
      const std::size_t from = plan().worker_of[pipeline_.edges[i].from];
      const std::size_t to = plan().worker_of[pipeline_.edges[i].to];
      if (from == to && !closing[i]) continue;
      plan().ring_of[i] = plan().rings.size();
      plan().rings.push_back({.edge = i,
                              .from = from,
                              .to = to,
                              .length = 0,
                              .full = closing[i] ? FullPolicy::drop : FullPolicy::wait,
                              .closes_cycle = closing[i]});
    }
    for (const RingRequest& request : pipeline_.rings) {
      if (!plan().ring_of[request.edge] || !request.full) continue;
      RingPlan& ring = plan().rings[*plan().ring_of[request.edge]];
      if (ring.closes_cycle && *request.full == FullPolicy::wait)
        diagnostics_.error(
            request.where,
            fmt::format("the ring of '{}' closes a cycle and cannot wait: it would wait for itself",
                        pipeline_.show(pipeline_.edges[request.edge])),
            "leave 'full' out, or write full = \"drop\"");
      else
        ring.full = *request.full;
    }
  }

  void make_polls() {
    SpreadFinder finder(pipeline_, wiring_, plan());
    ring_factors_.assign(plan().rings.size(), 1);
    in_flight_.assign(plan().workers.size(), 0);
    for (std::size_t i = 0; i < plan().workers.size(); ++i) {
      WorkerPlan& worker = plan().workers[i];
      worker.polls = polls_of(pipeline_, plan(), i);
      for (PollPlan& poll : worker.polls) {
        Spread spread = finder.find(worker, poll);
        for (const PollPlan::Need& need : spread.rings) {
          ring_factors_[need.index] = std::max(ring_factors_[need.index], need.factor);
          if (plan().rings[need.index].full == FullPolicy::wait) poll.needs.push_back(need);
        }
        poll.needs.insert(poll.needs.end(), spread.transmitters.begin(), spread.transmitters.end());
        in_flight_[i] += std::uint64_t{spread.alive} * pipeline_.settings.burst;
      }
    }
  }

  /// A ring must have room for all that one poll can send there, or it would never be polled.
  void set_ring_lengths() {
    for (std::size_t i = 0; i < plan().rings.size(); ++i) {
      RingPlan& ring = plan().rings[i];
      const std::uint64_t needed = std::uint64_t{pipeline_.settings.burst} * ring_factors_[i];
      if (needed > kMaxRingLength)
        diagnostics_.error(
            pipeline_.edges[ring.edge].where,
            fmt::format("one burst can become {} packets at the ring of '{}', more than a ring can hold ({})",
                        needed, pipeline_.show(pipeline_.edges[ring.edge]), kMaxRingLength));
      ring.length = static_cast<std::uint32_t>(
          std::clamp<std::uint64_t>(std::bit_ceil(2 * needed), kMinAutomaticLength, kMaxRingLength));
    }
    for (const RingRequest& request : pipeline_.rings) {
      if (!plan().ring_of[request.edge] || !request.length) continue;
      const std::size_t ring = *plan().ring_of[request.edge];
      const std::uint64_t needed = std::uint64_t{pipeline_.settings.burst} * ring_factors_[ring];
      if (*request.length < needed)
        diagnostics_.error(
            request.where,
            fmt::format("the ring of '{}' must hold at least {} packets: a burst of {}, times {} that one "
                        "packet can become",
                        pipeline_.show(pipeline_.edges[request.edge]), needed, pipeline_.settings.burst,
                        ring_factors_[ring]));
      plan().rings[ring].length = *request.length;
    }
  }

  static constexpr std::uint64_t kMinAutomaticLength = 1024;

  const Pipeline& pipeline_;
  Diagnostics& diagnostics_;
  Wiring wiring_;
  Draft draft_;
  std::vector<Factor> ring_factors_;      ///< by ring: packets that one polled packet can become there
  std::vector<std::uint64_t> in_flight_;  ///< by worker
};

}  // namespace

Draft draft_plan(const Pipeline& pipeline, Diagnostics& diagnostics) {
  return Drafter(pipeline, diagnostics).draft();
}

}  // namespace ixyflow
