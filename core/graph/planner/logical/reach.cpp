#include "core/graph/planner/logical/reach.hpp"

#include <algorithm>
#include <utility>

namespace ixyflow {
namespace {

Factor sum(Factor a, Factor b) noexcept {
  return std::min(a + b, kMaxFactor);
}

Factor product(Factor a, Factor b) noexcept {
  return static_cast<Factor>(std::min<std::uint64_t>(std::uint64_t{a} * b, kMaxFactor));
}

bool transmits(const ElementSpec& spec) {
  return std::ranges::any_of(spec.ports,
                             [](const PortUseSpec& port) { return port.use == PortUse::transmit; });
}

}  // namespace

ReachFinder::ReachFinder(const Pipeline& pipeline, const Wiring& wiring, const Plan& plan)
    : pipeline_(pipeline),
      wiring_(wiring),
      plan_(plan),
      descendants_(pipeline.elements.size(), 1),
      at_element_(pipeline.elements.size()),
      at_ring_(plan.rings.size()) {}

Reach ReachFinder::find(const WorkerPlan& worker, const PollPlan& poll) {
  reach_ = {};
  worker_ = static_cast<std::size_t>(&worker - plan_.workers.data());
  count_descendants(worker);
  const Factor most = poll.kind == PollPlan::Kind::element
                          ? descendants_behind(poll.index)
                          : descendants_[pipeline_.edges[plan_.rings[poll.index].edge].to];
  if (poll.kind == PollPlan::Kind::element) {
    for (const std::size_t edge : wiring_.out[poll.index]) leave(edge, 1);
  } else {
    arrive(pipeline_.edges[plan_.rings[poll.index].edge], 1);
  }
  Factor ended = 0;
  for (const std::size_t element : worker.elements) {
    const Factor packets = std::exchange(at_element_[element], 0);
    if (packets == 0) continue;
    reach_.alive = std::max(reach_.alive, packets);
    const ElementSpec& spec = *pipeline_.elements[element].spec;
    if (transmits(spec))
      reach_.transmitters.push_back({PollPlan::Need::Kind::transmitter, element, std::min(packets, most)});
    if (spec.cuts() || wiring_.out[element].empty()) {
      ended = sum(ended, packets);
      continue;
    }
    for (const std::size_t edge : wiring_.out[element])
      leave(edge, product(packets, pipeline_.elements[element].element->amplification()));
  }
  for (const auto& [place, packets] : std::exchange(at_holder_, {}))
    reach_.holders.push_back(
        {PollPlan::Need::Kind::holder, place.first, std::min(packets, most), place.second});
  for (const std::size_t ring : std::exchange(rings_, {})) {
    const Factor packets = std::exchange(at_ring_[ring], 0);
    reach_.rings.push_back({PollPlan::Need::Kind::ring, ring, std::min(packets, most)});
    ended = sum(ended, packets);
  }
  reach_.alive = std::min(std::max(reach_.alive, ended), most);
  return std::exchange(reach_, {});
}

/// From the last element of the worker to the first. What goes into a ring, to a port or into an element that
/// cuts stays one packet.
void ReachFinder::count_descendants(const WorkerPlan& worker) {
  if (counted_ == worker_) return;
  counted_ = worker_;
  for (auto element = worker.elements.rbegin(); element != worker.elements.rend(); ++element)
    descendants_[*element] =
        pipeline_.elements[*element].spec->cuts()
            ? 1
            : product(descendants_behind(*element), pipeline_.elements[*element].element->amplification());
}

/// What can become of one packet that leaves `element`, by the one way or by all together.
Factor ReachFinder::descendants_behind(std::size_t element) const {
  const bool one_way = pipeline_.elements[element].spec->one_way;
  Factor all = 0;
  for (const std::size_t edge : wiring_.out[element]) {
    Factor behind = 1;
    for (const Link::Target& target : link_of(edge).targets)
      if (!target.ring) behind = descendants_[pipeline_.edges[edge].to];
    all = one_way ? std::max(all, behind) : sum(all, behind);
  }
  return std::max(all, Factor{1});
}

const Link& ReachFinder::link_of(std::size_t edge) const {
  return *std::ranges::find(plan_.links[edge], worker_, &Link::from);
}

/// All targets of a link are counted in full: a flow hash may send a whole burst one way.
void ReachFinder::leave(std::size_t edge, Factor packets) {
  for (const Link::Target& target : link_of(edge).targets) {
    if (target.ring) {
      if (at_ring_[*target.ring] == 0) rings_.push_back(*target.ring);
      at_ring_[*target.ring] = sum(at_ring_[*target.ring], packets);
    } else {
      arrive(pipeline_.edges[edge], packets);
    }
  }
}

void ReachFinder::arrive(const Edge& edge, Factor packets) {
  at_element_[edge.to] = sum(at_element_[edge.to], packets);
  if (pipeline_.elements[edge.to].element->room(edge.input) == Element::kUnlimited) return;
  Factor& there = at_holder_[{edge.to, edge.input}];
  there = sum(there, packets);
}

}  // namespace ixyflow
