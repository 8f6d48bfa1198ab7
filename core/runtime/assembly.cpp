#include "core/runtime/assembly.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/element/spec.hpp"
#include "core/runtime/failpoint.hpp"

namespace ixyflow {

namespace {

/// One piece of memory per NUMA node, cut into the pools of its workers.
Result<void> make_pools(Assembly& assembly) {
  const auto& ports = assembly.pipeline.ports;
  const bool dma = std::any_of(ports.begin(), ports.end(),
                               [](const PortNode& port) { return port.port->properties().needs_dma; });
  BufferLayout layout;
  layout.data_room = assembly.pipeline.settings.packet_size;

  std::map<int, std::size_t> bytes_of_node;
  for (const WorkerPlan& worker : assembly.plan.workers)
    bytes_of_node[worker.node] += layout.bytes(worker.buffers) + kCacheLine;

  std::map<int, std::size_t> memory_of_node;
  assembly.huge_pages = true;
  for (const auto& [node, bytes] : bytes_of_node) {
    auto memory = DmaMemory::allocate(bytes, dma ? Pages::huge : Pages::huge_or_small, node);
    if (!memory) return std::unexpected(memory.error());
    assembly.huge_pages &= memory->huge();
    memory_of_node[node] = assembly.memory.size();
    assembly.memory.push_back(std::move(*memory));
  }
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    const WorkerPlan& plan = assembly.plan.workers[i];
    auto pool = Mempool::create(assembly.memory[memory_of_node[plan.node]], plan.buffers, layout,
                                static_cast<std::uint32_t>(i));
    if (!pool) return std::unexpected(pool.error());
    assembly.workers[i]->set_pool(std::move(*pool));
  }
  for (std::size_t i = 0; i < assembly.workers.size(); ++i)
    for (const std::size_t home : assembly.plan.workers[i].meets)
      Mempool::connect(assembly.workers[home]->pool(), assembly.workers[i]->pool());
  return {};
}

/// Puts one worker's nodes, inlets, sinks and poll points together.
class WorkerAssembly {
 public:
  WorkerAssembly(Assembly& assembly, std::size_t index, std::map<std::size_t, Node*>& node_of,
                 std::map<std::pair<std::size_t, PortIndex>, Inlet*>& inlet_of)
      : assembly_(assembly),
        worker_(*assembly.workers[index]),
        plan_(assembly.plan.workers[index]),
        node_of_(node_of),
        inlet_of_(inlet_of) {}

  void add_elements() {
    for (const std::size_t index : plan_.elements) {
      ElementNode& element = assembly_.pipeline.elements[index];
      bind_ports(element);
      Node& node = worker_.add_node(element);
      node_of_[index] = &node;
      for (PortIndex input = 0; input < element.inputs; ++input)
        inlet_of_[{index, input}] = &worker_.add_inlet(node, input);
    }
  }

  void add_polls() {
    for (const PollPlan& plan : plan_.polls) {
      PollPoint poll;
      poll.waits = plan.waits;
      if (plan.kind == PollPlan::Kind::ring) {
        const Edge& edge = assembly_.pipeline.edges[assembly_.plan.rings[plan.index].edge];
        poll.ring = &assembly_.rings[plan.index];
        poll.inlet = inlet_of_.at({edge.to, edge.input});
      } else {
        poll.node = node_of_.at(plan.index);
        poll.source = assembly_.pipeline.elements[plan.index].spec->source();
      }
      for (const PollPlan::Need& need : plan.needs) add_needs(poll, need);
      worker_.add_poll(std::move(poll));
    }
  }

 private:
  void bind_ports(ElementNode& element) {
    for (std::size_t i = 0; i < element.spec->ports.size(); ++i) {
      const PortUseSpec& use = element.spec->ports[i];
      const std::size_t port_index = element.ports[i];
      Port* port = assembly_.pipeline.ports[port_index].port.get();
      PortRef& reference = use.get(*element.element);
      reference.port = port;
      reference.queue = 0;
      const bool receive = use.use == PortUse::receive;
      if (queues_.insert({port, receive}).second)
        worker_.add_queue({port, reference.queue, static_cast<std::uint16_t>(port_index), receive});
    }
  }

  void add_needs(PollPoint& poll, const PollPlan::Need& need) {
    const std::uint64_t packets = std::uint64_t{assembly_.pipeline.settings.burst} * need.factor;
    if (need.kind == PollPlan::Need::Kind::ring) {
      poll.needs.push_back({&sink({.ring = &assembly_.rings[need.index]}), packets});
      return;
    }
    const ElementNode& element = assembly_.pipeline.elements[need.index];
    for (std::size_t i = 0; i < element.spec->ports.size(); ++i)
      if (element.spec->ports[i].use == PortUse::transmit)
        poll.needs.push_back(
            {&sink({.port = assembly_.pipeline.ports[element.ports[i]].port.get()}), packets});
  }

  /// The worker's one sink for a ring or a queue.
  Sink& sink(const Sink& wanted) {
    Sink*& known = sinks_[{wanted.ring, wanted.port}];
    if (known == nullptr) known = &worker_.add_sink(wanted);
    return *known;
  }

  Assembly& assembly_;
  Worker& worker_;
  const WorkerPlan& plan_;
  std::map<std::size_t, Node*>& node_of_;
  std::map<std::pair<std::size_t, PortIndex>, Inlet*>& inlet_of_;
  std::map<std::pair<const Ring*, const Port*>, Sink*> sinks_;
  std::set<std::pair<const Port*, bool>> queues_;
};

}  // namespace

Result<void> assemble(Assembly& assembly, const RunOptions& options) {
  assembly.trace.limit = options.trace;
  for (const RingPlan& ring : assembly.plan.rings) assembly.rings.emplace_back(ring.length, ring.full);
  for (const WorkerPlan& worker : assembly.plan.workers)
    assembly.workers.push_back(std::make_unique<Worker>(worker.name, options.clock,
                                                        assembly.pipeline.settings.burst, assembly.trace));
  if (auto made = make_pools(assembly); !made) return made;

  failpoint("pools-made");

  std::map<std::size_t, Node*> node_of;
  std::map<std::pair<std::size_t, PortIndex>, Inlet*> inlet_of;
  std::deque<WorkerAssembly> builders;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i)
    builders.emplace_back(assembly, i, node_of, inlet_of).add_elements();
  for (WorkerAssembly& builder : builders) builder.add_polls();

  for (std::size_t i = 0; i < assembly.pipeline.edges.size(); ++i) {
    const Edge& edge = assembly.pipeline.edges[i];
    if (const auto ring = assembly.plan.ring_of[i])
      node_of.at(edge.from)->connect(edge.output, assembly.rings[*ring]);
    else
      node_of.at(edge.from)->connect(edge.output, *inlet_of.at({edge.to, edge.input}));
  }
  return {};
}

}  // namespace ixyflow
