#include "core/runtime/assembly/worker_assembly.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "core/element/spec.hpp"

namespace ixyflow {

void WorkerAssembly::add_elements() {
  for (const std::size_t element : plan_.elements) {
    const ElementNode& description = assembly_.pipeline.elements[element];
    const Places::Place place(index_, element);
    Node& node = worker_.add_node(description, element_here(element));
    node.allocate_from(pool_of(element));
    places_.nodes[place] = &node;
    for (PortIndex input = 0; input < description.inputs; ++input)
      places_.inlets[{place, input}] = &worker_.add_inlet(node, input);
  }
}

void WorkerAssembly::bind_queues() {
  std::set<std::tuple<std::size_t, std::uint16_t, bool>> known;
  for (const QueuePlan& queue : plan_.queues) {
    const PortUseSpec& use = assembly_.pipeline.elements[queue.element].spec->ports[queue.use];
    Port* port = assembly_.pipeline.ports[queue.port].port.get();
    PortRef& reference = use.get(element_here(queue.element));
    reference.port = port;
    reference.queue = queue.queue;
    const bool receive = use.use == PortUse::receive;
    if (known.emplace(queue.port, queue.queue, receive).second)
      worker_.add_queue({port, queue.queue, static_cast<std::uint16_t>(queue.port), receive,
                         receive ? &pool_of(queue.element) : &worker_.pool()});
  }
}

void WorkerAssembly::add_polls() {
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
    poll.burst = plan.burst;
    if (poll.node != nullptr) poll.node->limit_burst(poll.burst);
    for (const PollPlan::Need& need : plan.needs) add_needs(poll, need);
    worker_.add_poll(std::move(poll));
  }
}

void WorkerAssembly::connect(const Edge& edge, const Link& link) {
  std::vector<Route> routes;
  for (const Link::Target& target : link.targets) routes.push_back(route_to(edge, target));
  Node& node = *places_.nodes.at({index_, edge.from});
  if (routes.size() == 1)
    node.connect(edge.output, routes.front());
  else
    node.connect(edge.output, {.kind = Route::Kind::steering, .steering = &worker_.add_steering(routes)});
}

/// Where the element's packets come from: any pool for one that makes none.
Mempool& WorkerAssembly::pool_of(std::size_t element) {
  const auto found = std::ranges::find(plan_.pools, assembly_.plan.domain_of[element], &PoolPlan::domain);
  return worker_.pool(found == plan_.pools.end() ? 0 : static_cast<std::size_t>(found - plan_.pools.begin()));
}

Element& WorkerAssembly::element_here(std::size_t element) {
  const std::vector<std::size_t>& workers = assembly_.plan.workers_of[element];
  std::size_t copy = 0;
  while (workers[copy] != index_) ++copy;
  return *assembly_.copies[element][copy];
}

Route WorkerAssembly::route_to(const Edge& edge, const Link::Target& target) {
  if (target.ring) return {.kind = Route::Kind::ring, .ring = &assembly_.rings[*target.ring]};
  return {.kind = Route::Kind::inlet, .inlet = places_.inlets.at({{index_, edge.to}, edge.input})};
}

void WorkerAssembly::add_needs(PollPoint& poll, const PollPlan::Need& need) {
  const auto add = [&](const Sink& wanted) {
    poll.needs.push_back({&sink(wanted), need.factor, std::uint64_t{poll.burst} * need.factor});
  };
  switch (need.kind) {
    case PollPlan::Need::Kind::ring:
      return add({.ring = &assembly_.rings[need.index]});
    case PollPlan::Need::Kind::holder:
      return add({.holder = &element_here(need.index), .input = need.input, .index = need.index});
    case PollPlan::Need::Kind::transmitter:
      break;
  }
  const auto& uses = assembly_.pipeline.elements[need.index].spec->ports;
  for (const QueuePlan& queue : plan_.queues)
    if (queue.element == need.index && uses[queue.use].use == PortUse::transmit)
      add({.port = assembly_.pipeline.ports[queue.port].port.get(),
           .queue = queue.queue,
           .index = queue.port});
}

Sink& WorkerAssembly::sink(const Sink& wanted) {
  Sink*& known = sinks_[{wanted.ring, wanted.port, wanted.queue, wanted.holder, wanted.input}];
  if (known == nullptr) known = &worker_.add_sink(wanted);
  return *known;
}

}  // namespace ixyflow
