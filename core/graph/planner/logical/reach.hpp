#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/graph/plan.hpp"
#include "core/graph/planner/logical/order.hpp"

namespace ixyflow {

/// How many packets may be somewhere for each one that was polled. Stops growing at kMaxFactor.
using Factor = std::uint32_t;
inline constexpr Factor kMaxFactor = 1U << 24;

/// What the packets of one poll can come to on their worker, and how far they multiply on the way.
struct Reach {
  std::vector<PollPlan::Need> rings;         ///< reached, dropping ones as well
  std::vector<PollPlan::Need> transmitters;  ///< reached
  std::vector<PollPlan::Need> holders;       ///< reached, inputs of elements with bounded room
  Factor alive = 1;                          ///< the most that exist at one time
};

/// Follows packets over one worker, from a poll to rings, transmitting elements, elements that hold packets
/// and those that cut: what lies behind these is polled by itself. The factor of a place is the sum over all
/// paths of the products of the amplifications, but never more than can become of one packet in all, where an
/// element that sends each packet one way counts the way on which most become of it.
class ReachFinder {
 public:
  ReachFinder(const Pipeline& pipeline, const Wiring& wiring, const Plan& plan);

  /// Of packets that `poll` brings to `worker`, which is one of the plan's.
  Reach find(const WorkerPlan& worker, const PollPlan& poll);

 private:
  void count_descendants(const WorkerPlan& worker);
  [[nodiscard]] Factor descendants_behind(std::size_t element) const;
  [[nodiscard]] const Link& link_of(std::size_t edge) const;
  void leave(std::size_t edge, Factor packets);
  void arrive(const Edge& edge, Factor packets);

  const Pipeline& pipeline_;
  const Wiring& wiring_;
  const Plan& plan_;
  static constexpr std::size_t kNoWorker = static_cast<std::size_t>(-1);

  std::size_t worker_ = 0;           ///< under way
  std::size_t counted_ = kNoWorker;  ///< the worker that `descendants_` is right for
  std::vector<Factor> descendants_;  ///< by element: the most that one packet which comes to it can become
  std::vector<Factor> at_element_;
  std::map<std::pair<std::size_t, PortIndex>, Factor> at_holder_;  ///< by element and input
  std::vector<Factor> at_ring_;
  std::vector<std::size_t> rings_;  ///< with a factor
  Reach reach_;
};

}  // namespace ixyflow
