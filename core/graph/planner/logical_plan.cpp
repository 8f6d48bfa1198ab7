#include "core/graph/planner/logical_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "core/graph/planner/back_pressure.hpp"
#include "core/graph/planner/links.hpp"
#include "core/graph/planner/order.hpp"
#include "core/graph/planner/pool_sizes.hpp"
#include "core/graph/planner/queues.hpp"

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
    const std::vector<std::size_t> order = order_of(cut, closing);
    plan().decisions = std::move(draft_.placement.decisions);
    make_workers(order);
    make_links(pipeline_, closing, plan());
    check_flows(pipeline_, order, wiring_, plan(), diagnostics_);
    set_policies();
    assign_queues(pipeline_, plan());
    make_polls();
    set_ring_lengths();
    size_pools(pipeline_, in_flight_, plan(), diagnostics_);
    return std::move(draft_);
  }

 private:
  Plan& plan() noexcept { return draft_.plan; }
  [[nodiscard]] const Plan& plan() const noexcept { return draft_.plan; }

  std::vector<std::size_t> order_of(const EdgeSet& cut, const EdgeSet& closing) const {
    EdgeSet ignored(cut.size());
    for (std::size_t i = 0; i < ignored.size(); ++i) ignored[i] = cut[i] || closing[i];
    return topological_order(pipeline_, wiring_, ignored);
  }

  void make_workers(const std::vector<std::size_t>& order) {
    const Placement& placement = draft_.placement;
    std::vector<std::size_t> first_worker;  // by core
    for (const CoreRequest& core : placement.cores) {
      first_worker.push_back(plan().workers.size());
      for (std::uint32_t copy = 0; copy < core.count; ++copy) {
        WorkerPlan& worker = plan().workers.emplace_back();
        worker.name = core.count == 1 ? core.name : fmt::format("{}.{}", core.name, copy);
        worker.core = core.name;
        worker.copy = copy;
        worker.copies = core.count;
      }
    }
    plan().workers_of.resize(pipeline_.elements.size());
    for (const std::size_t element : order)
      for (std::uint32_t copy = 0; copy < placement.copies[element]; ++copy) {
        const std::size_t worker = first_worker[placement.core_of[element]] + copy;
        plan().workers_of[element].push_back(worker);
        plan().workers[worker].elements.push_back(element);
      }
  }

  void set_policies() {
    for (const RingRequest& request : pipeline_.rings) {
      if (!request.full) continue;
      for (RingPlan& ring : plan().rings) {
        if (ring.edge != request.edge) continue;
        if (!ring.closes_cycle || *request.full == FullPolicy::drop) {
          ring.full = *request.full;
          continue;
        }
        diagnostics_.error(
            request.where,
            fmt::format("the ring of '{}' closes a cycle and cannot wait: it would wait for itself",
                        pipeline_.show(pipeline_.edges[request.edge])),
            "leave 'full' out, or write full = \"drop\"");
        break;
      }
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
    const std::vector<const RingRequest*> requests = length_requests();
    std::vector<bool> explained(pipeline_.edges.size());
    for (std::size_t i = 0; i < plan().rings.size(); ++i) {
      RingPlan& ring = plan().rings[i];
      const std::uint64_t needed = std::uint64_t{pipeline_.settings.burst} * ring_factors_[i];
      const std::string edge = pipeline_.show(pipeline_.edges[ring.edge]);
      std::string reason;
      if (requests[ring.edge] != nullptr) {
        ring.length = *requests[ring.edge]->length;
        reason = "the file says so";
        if (ring.length < needed && !explained[ring.edge])
          report_short(*requests[ring.edge], needed, ring_factors_[i]);
      } else {
        ring.length = automatic_length(ring, needed);
        reason = fmt::format(
            "twice what one burst of {} can become there ({}), rounded up to a power of two, at least {}",
            pipeline_.settings.burst, needed, shortest(ring));
        if (needed > kMaxRingLength && !explained[ring.edge])
          diagnostics_.error(
              pipeline_.edges[ring.edge].where,
              fmt::format("one burst can become {} packets at the ring of '{}', more than a ring can "
                          "hold ({})",
                          needed, edge, kMaxRingLength));
      }
      if (!explained[ring.edge])
        plan().decisions.push_back(
            {fmt::format("ring '{}'", edge),
             fmt::format("{} packets: {}; {}", ring.length, reason,
                         ring.closes_cycle ? "drops when full, because it closes a cycle and must never wait"
                         : ring.full == FullPolicy::drop
                             ? "drops when full, as the file says"
                             : "when full, sources that can wait are held back")});
      explained[ring.edge] = true;
    }
  }

  /// By edge: who asks for a length, if anybody.
  std::vector<const RingRequest*> length_requests() const {
    std::vector<const RingRequest*> requests(pipeline_.edges.size());
    for (const RingRequest& request : pipeline_.rings)
      if (request.length) requests[request.edge] = &request;
    return requests;
  }

  void report_short(const RingRequest& request, std::uint64_t needed, Factor factor) {
    diagnostics_.error(
        request.where,
        fmt::format("the ring of '{}' must hold at least {} packets: a burst of {}, times {} that "
                    "one packet can become",
                    pipeline_.show(pipeline_.edges[request.edge]), needed, pipeline_.settings.burst, factor));
  }

  /// Where an edge has several strands, each of them sees a part of the packets.
  std::uint64_t shortest(const RingPlan& ring) const {
    const bool strands = plan().workers_of[pipeline_.edges[ring.edge].from].size() > 1 ||
                         plan().workers_of[pipeline_.edges[ring.edge].to].size() > 1;
    return strands ? kMinStrandLength : kMinAutomaticLength;
  }

  std::uint32_t automatic_length(const RingPlan& ring, std::uint64_t needed) const {
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(std::bit_ceil(2 * needed), shortest(ring), kMaxRingLength));
  }

  static constexpr std::uint64_t kMinAutomaticLength = 1024;
  static constexpr std::uint64_t kMinStrandLength = 512;

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
