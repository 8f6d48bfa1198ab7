#include "core/runtime/engine/assembly.hpp"

#include <map>
#include <set>
#include <tuple>

#include "core/element/spec.hpp"
#include "core/graph/copy.hpp"
#include "core/packet/node_memory.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/runtime/engine/pools.hpp"

namespace ixyflow {

namespace {

/// The copies of every element: the pipeline's own where there is one, else as many as the plan wants.
Result<void> make_copies(Assembly& assembly) {
  for (std::size_t i = 0; i < assembly.pipeline.elements.size(); ++i) {
    const ElementNode& node = assembly.pipeline.elements[i];
    const std::vector<std::size_t>& workers = assembly.plan.workers_of[i];
    const auto count = static_cast<std::uint32_t>(workers.size());
    std::vector<Element*>& copies = assembly.copies.emplace_back();
    if (count == 1) copies.push_back(node.element.get());
    for (std::uint32_t copy = 0; count > 1 && copy < count; ++copy) {
      const PreferredNode there(assembly.plan.workers[workers[copy]].memory_node);
      auto made = make_copy(assembly.pipeline, node, copy, count);
      if (!made) return std::unexpected(made.error());
      copies.push_back(made->get());
      assembly.made.push_back(std::move(*made));
    }
  }
  return {};
}

/// What the workers' parts are called while they are wired.
struct Places {
  using Place = std::pair<std::size_t, std::size_t>;  ///< worker, element
  std::map<Place, Node*> nodes;
  std::map<std::pair<Place, PortIndex>, Inlet*> inlets;
};

/// Puts one worker's nodes, inlets, sinks and poll points together.
class WorkerAssembly {
 public:
  WorkerAssembly(Assembly& assembly, std::size_t index, Places& places)
      : assembly_(assembly),
        index_(index),
        worker_(*assembly.workers[index]),
        plan_(assembly.plan.workers[index]),
        places_(places) {}

  void add_elements() {
    for (const std::size_t element : plan_.elements) {
      const ElementNode& description = assembly_.pipeline.elements[element];
      const Places::Place place(index_, element);
      Node& node = worker_.add_node(description, element_here(element));
      places_.nodes[place] = &node;
      for (PortIndex input = 0; input < description.inputs; ++input)
        places_.inlets[{place, input}] = &worker_.add_inlet(node, input);
    }
  }

  void bind_queues() {
    std::set<std::tuple<std::size_t, std::uint16_t, bool>> known;
    for (const QueuePlan& queue : plan_.queues) {
      const PortUseSpec& use = assembly_.pipeline.elements[queue.element].spec->ports[queue.use];
      Port* port = assembly_.pipeline.ports[queue.port].port.get();
      PortRef& reference = use.get(element_here(queue.element));
      reference.port = port;
      reference.queue = queue.queue;
      const bool receive = use.use == PortUse::receive;
      if (known.emplace(queue.port, queue.queue, receive).second)
        worker_.add_queue({port, queue.queue, static_cast<std::uint16_t>(queue.port), receive});
    }
  }

  void add_polls() {
    for (const PollPlan& plan : plan_.polls) {
      PollPoint poll;
      poll.waits = plan.waits;
      if (plan.kind == PollPlan::Kind::ring) {
        const Edge& edge = assembly_.pipeline.edges[assembly_.plan.rings[plan.index].edge];
        poll.ring = &assembly_.rings[plan.index];
        poll.inlet = places_.inlets.at({{index_, edge.to}, edge.input});
      } else {
        poll.node = places_.nodes.at({index_, plan.index});
        poll.source = assembly_.pipeline.elements[plan.index].spec->source();
      }
      poll.burst = burst_of(plan);
      if (poll.node != nullptr) poll.node->limit_burst(poll.burst);
      for (const PollPlan::Need& need : plan.needs) add_needs(poll, need);
      worker_.add_poll(std::move(poll));
    }
  }

  void connect(const Edge& edge, const Link& link) {
    std::vector<Route> routes;
    for (const Link::Target& target : link.targets) routes.push_back(route_to(edge, target));
    Node& node = *places_.nodes.at({index_, edge.from});
    if (routes.size() == 1)
      node.connect(edge.output, routes.front());
    else
      node.connect(edge.output, {.kind = Route::Kind::spread, .spread = &worker_.add_spread(routes)});
  }

 private:
  Element& element_here(std::size_t element) {
    const std::vector<std::size_t>& workers = assembly_.plan.workers_of[element];
    std::size_t copy = 0;
    while (workers[copy] != index_) ++copy;
    return *assembly_.copies[element][copy];
  }

  Route route_to(const Edge& edge, const Link::Target& target) {
    if (target.ring) return {.kind = Route::Kind::ring, .ring = &assembly_.rings[*target.ring]};
    return {.kind = Route::Kind::inlet, .inlet = places_.inlets.at({{index_, edge.to}, edge.input})};
  }

  /// How many packets are fetched at once: a burst, or what fits a transmit queue on their way.
  std::uint32_t burst_of(const PollPlan& plan) const {
    std::uint32_t burst = assembly_.pipeline.settings.burst;
    for (const PollPlan::Need& need : plan.needs)
      for_each_transmit_queue(need, [&](const Port& port, const QueuePlan&) {
        burst = std::min(burst, std::max(1U, port.properties().transmit_room / need.factor));
      });
    return burst;
  }

  void add_needs(PollPoint& poll, const PollPlan::Need& need) {
    const std::uint64_t packets = std::uint64_t{poll.burst} * need.factor;
    if (need.kind == PollPlan::Need::Kind::ring) {
      poll.needs.push_back({&sink({.ring = &assembly_.rings[need.index]}), packets});
      return;
    }
    for_each_transmit_queue(need, [&](Port& port, const QueuePlan& queue) {
      const auto index = static_cast<std::uint16_t>(queue.port);
      poll.needs.push_back({&sink({.port = &port, .queue = queue.queue, .port_index = index}), packets});
    });
  }

  template <class Visitor>
  void for_each_transmit_queue(const PollPlan::Need& need, Visitor visit) const {
    if (need.kind == PollPlan::Need::Kind::ring) return;
    const auto& uses = assembly_.pipeline.elements[need.index].spec->ports;
    for (const QueuePlan& queue : plan_.queues)
      if (queue.element == need.index && uses[queue.use].use == PortUse::transmit)
        visit(*assembly_.pipeline.ports[queue.port].port, queue);
  }

  /// The worker's one sink for a ring or a queue.
  Sink& sink(const Sink& wanted) {
    Sink*& known = sinks_[{wanted.ring, wanted.port, wanted.queue}];
    if (known == nullptr) known = &worker_.add_sink(wanted);
    return *known;
  }

  Assembly& assembly_;
  std::size_t index_;
  Worker& worker_;
  const WorkerPlan& plan_;
  Places& places_;
  std::map<std::tuple<const Ring*, const Port*, std::uint16_t>, Sink*> sinks_;
};

}  // namespace

Result<void> assemble(Assembly& assembly, const RunOptions& options) {
  assembly.trace.limit = options.trace;
  if (auto made = make_copies(assembly); !made) return made;
  for (const RingPlan& ring : assembly.plan.rings) {
    const int node = assembly.plan.workers[ring.to].memory_node;
    const PreferredNode there(node);
    assembly.rings.emplace_back(ring.length, ring.full, node);
  }
  for (const WorkerPlan& worker : assembly.plan.workers) {
    const PreferredNode there(worker.memory_node);
    assembly.workers.push_back(std::make_unique<Worker>(worker.name, options.clock,
                                                        assembly.pipeline.settings.burst, assembly.trace));
  }
  if (auto made = make_pools(assembly); !made) return made;

  failpoint("pools-made");

  Places places;
  std::deque<WorkerAssembly> builders;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    const PreferredNode there(assembly.plan.workers[i].memory_node);
    builders.emplace_back(assembly, i, places).add_elements();
  }
  for (WorkerAssembly& builder : builders) {
    builder.bind_queues();
    builder.add_polls();
  }
  for (std::size_t i = 0; i < assembly.pipeline.edges.size(); ++i)
    for (const Link& link : assembly.plan.links[i])
      builders[link.from].connect(assembly.pipeline.edges[i], link);
  return {};
}

}  // namespace ixyflow
