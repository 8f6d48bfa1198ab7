#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

#include "core/runtime/assembly/assembly.hpp"

namespace ixyflow {

/// What the workers' parts are called while they are wired.
struct Places {
  using Place = std::pair<std::size_t, std::size_t>;  ///< worker, element
  std::map<Place, Node*> nodes;
  std::map<std::pair<Place, PortIndex>, Inlet*> inlets;
};

/// Puts one worker's nodes, inlets, sinks and poll points together, from its part of the plan. The calls come
/// in the order in which they stand here, each for all workers before the next one.
class WorkerAssembly {
 public:
  WorkerAssembly(Assembly& assembly, std::size_t index, Places& places)
      : assembly_(assembly),
        index_(index),
        worker_(*assembly.workers[index]),
        plan_(assembly.plan.workers[index]),
        places_(places) {}

  void add_elements();
  void bind_queues();
  void add_polls();
  void connect(const Edge& edge, const Link& link);

 private:
  Mempool& pool_of(std::size_t element);
  Element& element_here(std::size_t element);
  Route route_to(const Edge& edge, const Link::Target& target);
  void add_needs(PollPoint& poll, const PollPlan::Need& need);
  /// The worker's one sink for a ring, a queue or an input of an element.
  Sink& sink(const Sink& wanted);

  Assembly& assembly_;
  std::size_t index_;
  Worker& worker_;
  const WorkerPlan& plan_;
  Places& places_;
  std::map<std::tuple<const Ring*, const Port*, std::uint16_t, const Element*, PortIndex>, Sink*> sinks_;
};

}  // namespace ixyflow
