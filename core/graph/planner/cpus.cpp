#include "core/graph/planner/cpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/graph/planner/machine_warnings.hpp"

namespace ixyflow {
namespace {

/// Nearness that does not matter.
constexpr int kAnyNode = -1;

/// Where a worker would like to be, and why.
struct Wish {
  int node = kAnyNode;
  std::string reason;  ///< "where port 'wan' is"
};

class Chooser {
 public:
  Chooser(const Pipeline& pipeline, const Placement& placement, const Machine& machine,
          const PlanOptions& options, Plan& plan, Diagnostics& diagnostics)
      : pipeline_(pipeline),
        placement_(placement),
        machine_(machine),
        options_(options),
        plan_(plan),
        diagnostics_(diagnostics),
        users_(machine.cpus.size()),
        placed_(plan.workers.size()),
        reasons_(plan.workers.size()) {}

  void choose() {
    const bool possible = enough();
    for (std::size_t i = 0; i < plan_.workers.size(); ++i)
      if (request(i).cpu) take_explicit(i);
    if (!possible) return;
    // Whose packets would cross nodes goes first, then who asks to be near; the others follow their
    // neighbours.
    for (const Rank rank : {Rank::at_port, Rank::near, Rank::rest})
      for (std::size_t i = 0; i < plan_.workers.size(); ++i) {
        if (request(i).cpu || placed_[i]) continue;
        const Wish wish = rank == Rank::rest ? wish_for_neighbour(i) : wish_for_port(i);
        if (rank != Rank::rest && wish.node == kAnyNode) continue;
        if (rank == Rank::at_port && !uses_port_with_node(i)) continue;
        const std::size_t cpu = best(wish.node);
        reasons_[i] = explain(cpu, wish);
        take(i, cpu);
      }
    tell_reasons();
  }

 private:
  enum class Rank : std::uint8_t { at_port, near, rest };

  [[nodiscard]] bool uses_port_with_node(std::size_t worker) const {
    return std::ranges::any_of(plan_.workers[worker].queues, [this](const QueuePlan& queue) {
      return pipeline_.ports[queue.port].port->properties().node != kAnyNode;
    });
  }

  [[nodiscard]] const CoreRequest& request(std::size_t worker) const {
    return *std::ranges::find(placement_.cores, plan_.workers[worker].core, &CoreRequest::name);
  }
  /// Behind the elements' reasons, in front of what follows from both.
  void tell_reasons() {
    std::vector<Decision> decisions;
    for (std::size_t i = 0; i < plan_.workers.size(); ++i)
      decisions.push_back({fmt::format("core '{}'", plan_.workers[i].name), reasons_[i]});
    const auto elements = static_cast<std::ptrdiff_t>(pipeline_.elements.size());
    plan_.decisions.insert(plan_.decisions.begin() + elements, decisions.begin(), decisions.end());
  }

  bool enough() {
    const auto allowed = static_cast<std::size_t>(std::ranges::count_if(machine_.cpus, &Cpu::allowed));
    plan_.oversubscribed = plan_.workers.size() > allowed;
    if (allowed == 0)
      diagnostics_.error({}, "this machine has no CPU that the process may use");
    else if (plan_.oversubscribed && !options_.oversubscribe)
      // At the core that asks for most, and of equals the last one.
      diagnostics_.error(
          std::ranges::max_element(std::views::reverse(placement_.cores), {}, &CoreRequest::count)->where,
          fmt::format("the pipeline needs {} cores, but there {} only {}", plan_.workers.size(),
                      allowed == 1 ? "is" : "are", allowed),
          "fewer cores, or --oversubscribe to let workers share a CPU, slowly");
    return allowed > 0 && (!plan_.oversubscribed || options_.oversubscribe);
  }

  void take_explicit(std::size_t worker) {
    const CoreRequest& core = request(worker);
    const auto cpu = std::ranges::find(machine_.cpus, *core.cpu, &Cpu::id);
    if (cpu != machine_.cpus.end() && cpu->allowed) {
      reasons_[worker] = fmt::format("CPU {}: the file says so", *core.cpu);
      return take(worker, static_cast<std::size_t>(cpu - machine_.cpus.begin()));
    }
    if (cpu != machine_.cpus.end())
      diagnostics_.error(core.where,
                         fmt::format("core '{}': this process may not run on CPU {}", core.name, *core.cpu),
                         "it may run on: " + ids(&Cpu::allowed));
    else if (std::ranges::find(machine_.offline, *core.cpu) != machine_.offline.end())
      diagnostics_.error(core.where, fmt::format("core '{}': CPU {} is offline", core.name, *core.cpu),
                         "online are: " + ids([](const Cpu&) { return true; }));
    else
      diagnostics_.error(core.where,
                         fmt::format("core '{}': this machine has no CPU {}", core.name, *core.cpu),
                         "there are: " + ids([](const Cpu&) { return true; }));
  }

  /// The CPUs that `wanted` says yes to.
  template <class Wanted>
  [[nodiscard]] std::string ids(Wanted wanted) const {
    std::vector<int> numbers;
    for (const Cpu& cpu : machine_.cpus)
      if (std::invoke(wanted, cpu)) numbers.push_back(cpu.id);
    return show_numbers(numbers);
  }

  void take(std::size_t worker, std::size_t cpu) {
    ++users_[cpu];
    placed_[worker] = true;
    plan_.workers[worker].cpu = machine_.cpus[cpu].id;
    plan_.workers[worker].node = machine_.cpus[cpu].node;
    plan_.workers[worker].memory_node = nearest_memory(machine_.cpus[cpu].node);
  }

  [[nodiscard]] int nearest_memory(int node) const {
    const auto has_memory = [](const NumaNode& candidate) { return candidate.memory_bytes > 0; };
    if (std::ranges::none_of(machine_.nodes, has_memory)) return node;
    int nearest = kAnyNode;
    for (const NumaNode& candidate : machine_.nodes)
      if (has_memory(candidate) &&
          (nearest == kAnyNode || distance(machine_, node, candidate.id) < distance(machine_, node, nearest)))
        nearest = candidate.id;
    return nearest;
  }

  [[nodiscard]] Wish wish_for_port(std::size_t worker) const {
    const std::string& near = request(worker).near;
    for (const PortNode& port : pipeline_.ports)
      if (!near.empty() && port.name == near)
        return {port.port->properties().node, fmt::format("where port '{}' is, as 'near' says", near)};
    for (const PortUse use : {PortUse::receive, PortUse::transmit})
      for (const QueuePlan& queue : plan_.workers[worker].queues) {
        if (pipeline_.elements[queue.element].spec->ports[queue.use].use != use) continue;
        const PortNode& port = pipeline_.ports[queue.port];
        if (const int node = port.port->properties().node; node != kAnyNode)
          return {node,
                  fmt::format("where port '{}' is, {}", port.name,
                              use == PortUse::receive ? "from which it receives" : "on which it transmits")};
      }
    return {};
  }

  [[nodiscard]] Wish wish_for_neighbour(std::size_t worker) const {
    for (const bool feeds : {true, false})
      for (const RingPlan& ring : plan_.rings) {
        const std::size_t here = feeds ? ring.to : ring.from;
        const std::size_t there = feeds ? ring.from : ring.to;
        if (here == worker && there != worker && placed_[there])
          return {plan_.workers[there].node, fmt::format("where core '{}' is, {}", plan_.workers[there].name,
                                                         feeds ? "which feeds it" : "which it feeds")};
      }
    return {};
  }

  /// Index of the CPU to be taken next. Sharing one is the last resort, so with oversubscription the load is
  /// even.
  [[nodiscard]] std::size_t best(int node) const {
    const auto cost = [&](std::size_t i) {
      const Cpu& cpu = machine_.cpus[i];
      return std::tuple(users_[i], node == kAnyNode ? 0 : distance(machine_, node, cpu.node), cpu.id == 0,
                        sibling_in_use(i), !cpu.isolated, cpu.id);
    };
    std::size_t best = machine_.cpus.size();
    auto lowest = cost(0);
    for (std::size_t i = 0; i < machine_.cpus.size(); ++i) {
      if (!machine_.cpus[i].allowed) continue;
      const auto mine = cost(i);
      if (best != machine_.cpus.size() && mine >= lowest) continue;
      best = i;
      lowest = mine;
    }
    return best;
  }

  [[nodiscard]] bool sibling_in_use(std::size_t cpu) const {
    for (std::size_t i = 0; i < machine_.cpus.size(); ++i)
      if (i != cpu && users_[i] > 0 && machine_.cpus[i].core == machine_.cpus[cpu].core &&
          machine_.cpus[i].node == machine_.cpus[cpu].node)
        return true;
    return false;
  }

  /// Why `chosen` is the best, before it is taken.
  [[nodiscard]] std::string explain(std::size_t chosen, const Wish& wish) const {
    const Cpu& cpu = machine_.cpus[chosen];
    std::string text = fmt::format("CPU {}: on node {}, ", cpu.id, cpu.node);
    if (wish.node == kAnyNode)
      text += "as neither a port nor a neighbour of it prefers a node";
    else if (cpu.node == wish.node)
      text += wish.reason;
    else
      text += fmt::format("the nearest with a free CPU to node {}, {}", wish.node, wish.reason);
    return text + explain_among(chosen);
  }

  /// Why it is this one of its node.
  [[nodiscard]] std::string explain_among(std::size_t chosen) const {
    const Cpu& cpu = machine_.cpus[chosen];
    if (users_[chosen] > 0) return "; shared, because there are more workers than CPUs";
    bool zero = false;
    std::vector<int> siblings;
    for (std::size_t i = 0; i < machine_.cpus.size(); ++i) {
      const Cpu& other = machine_.cpus[i];
      if (i == chosen || !other.allowed || users_[i] > 0 || other.node != cpu.node) continue;
      zero |= other.id == 0;
      if (sibling_in_use(i) && other.id < cpu.id && other.id != 0) siblings.push_back(other.id);
    }
    std::string text;
    if (cpu.isolated) text += "; isolated from other work";
    if (zero) text += "; CPU 0 is left to the system";
    if (!siblings.empty() && !sibling_in_use(chosen))
      text += fmt::format("; not {}: hyper-thread sibling{} in use", show_numbers(siblings),
                          siblings.size() == 1 ? " of one" : "s of ones");
    if (cpu.id == 0) text += "; nothing but CPU 0 is free";
    if (sibling_in_use(chosen)) text += "; only hyper-thread siblings of CPUs in use are free";
    return text;
  }

  const Pipeline& pipeline_;
  const Placement& placement_;
  const Machine& machine_;
  const PlanOptions& options_;
  Plan& plan_;
  Diagnostics& diagnostics_;
  std::vector<unsigned> users_;       ///< by index into machine_.cpus: workers on it
  std::vector<bool> placed_;          ///< by worker
  std::vector<std::string> reasons_;  ///< by worker: why it is on its CPU
};

}  // namespace

void choose_cpus(const Pipeline& pipeline, const Placement& placement, const Machine& machine,
                 const PlanOptions& options, Plan& plan, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  Chooser(pipeline, placement, machine, options, plan, diagnostics).choose();
  if (diagnostics.errors() == errors) advise(pipeline, machine, plan);
}

}  // namespace ixyflow
