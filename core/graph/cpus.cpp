#include "core/graph/cpus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace ixyflow {
namespace {

/// Nearness that does not matter.
constexpr int kAnyNode = -1;

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
        users_(machine.cpus.size()) {}

  void choose() {
    if (!enough()) return;
    for (std::size_t i = 0; i < plan_.workers.size(); ++i)
      if (placement_.cores[i].cpu) take_explicit(i);
    for (std::size_t i = 0; i < plan_.workers.size(); ++i)
      if (!placement_.cores[i].cpu) take(i, best(preferred_node(i)));
    warn();
  }

 private:
  bool enough() {
    const auto allowed = static_cast<std::size_t>(std::ranges::count_if(machine_.cpus, &Cpu::allowed));
    plan_.oversubscribed = plan_.workers.size() > allowed;
    if (allowed == 0)
      diagnostics_.error({}, "this machine has no CPU that the process may use");
    else if (plan_.oversubscribed && !options_.oversubscribe)
      diagnostics_.error(placement_.cores.back().where,
                         fmt::format("the pipeline needs {} cores, but there {} only {}",
                                     plan_.workers.size(), allowed == 1 ? "is" : "are", allowed),
                         "fewer cores, or --oversubscribe to let workers share a CPU, slowly");
    return allowed > 0 && (!plan_.oversubscribed || options_.oversubscribe);
  }

  void take_explicit(std::size_t worker) {
    const CoreRequest& request = placement_.cores[worker];
    const auto cpu = std::ranges::find(machine_.cpus, *request.cpu, &Cpu::id);
    if (cpu == machine_.cpus.end()) {
      diagnostics_.error(request.where,
                         fmt::format("core '{}': this machine has no CPU {}", request.name, *request.cpu),
                         "there are: " + ids([](const Cpu&) { return true; }));
    } else if (!cpu->allowed) {
      diagnostics_.error(
          request.where,
          fmt::format("core '{}': this process may not run on CPU {}", request.name, *request.cpu),
          "it may run on: " + ids(&Cpu::allowed));
    } else {
      take(worker, static_cast<std::size_t>(cpu - machine_.cpus.begin()));
    }
  }

  /// "0-3, 8": the CPUs that `wanted` says yes to.
  template <class Wanted>
  std::string ids(Wanted wanted) const {
    std::vector<std::string> stretches;
    for (std::size_t i = 0; i < machine_.cpus.size();) {
      const std::size_t first = i;
      while (i < machine_.cpus.size() && std::invoke(wanted, machine_.cpus[i]) &&
             machine_.cpus[i].id == machine_.cpus[first].id + static_cast<int>(i - first))
        ++i;
      if (i == first)
        ++i;
      else if (i == first + 1)
        stretches.push_back(std::to_string(machine_.cpus[first].id));
      else
        stretches.push_back(fmt::format("{}-{}", machine_.cpus[first].id, machine_.cpus[i - 1].id));
    }
    return fmt::format("{}", fmt::join(stretches, ", "));
  }

  void take(std::size_t worker, std::size_t cpu) {
    ++users_[cpu];
    plan_.workers[worker].cpu = machine_.cpus[cpu].id;
    plan_.workers[worker].node = machine_.cpus[cpu].node;
  }

  int preferred_node(std::size_t worker) const {
    const std::string& near = placement_.cores[worker].near;
    for (const PortNode& port : pipeline_.ports)
      if (!near.empty() && port.name == near) return port.port->properties().node;
    for (const PortUse use : {PortUse::receive, PortUse::transmit})
      for (const std::size_t element : plan_.workers[worker].elements) {
        const int node = node_of_port(pipeline_.elements[element], use);
        if (node != kAnyNode) return node;
      }
    return kAnyNode;
  }

  int node_of_port(const ElementNode& element, PortUse use) const {
    for (std::size_t i = 0; i < element.ports.size(); ++i)
      if (element.spec->ports[i].use == use)
        if (const int node = pipeline_.ports[element.ports[i]].port->properties().node; node != kAnyNode)
          return node;
    return kAnyNode;
  }

  /// Index of the CPU to be taken next. Sharing one is the last resort, so with oversubscription the load is
  /// even.
  std::size_t best(int node) const {
    const auto cost = [&](std::size_t i) {
      const Cpu& cpu = machine_.cpus[i];
      return std::tuple(users_[i], node != kAnyNode && cpu.node != node, cpu.id == 0, sibling_in_use(i),
                        !cpu.isolated, cpu.id);
    };
    std::size_t best = machine_.cpus.size();
    for (std::size_t i = 0; i < machine_.cpus.size(); ++i)
      if (machine_.cpus[i].allowed && (best == machine_.cpus.size() || cost(i) < cost(best))) best = i;
    return best;
  }

  bool sibling_in_use(std::size_t cpu) const {
    for (std::size_t i = 0; i < machine_.cpus.size(); ++i)
      if (i != cpu && users_[i] > 0 && machine_.cpus[i].core == machine_.cpus[cpu].core &&
          machine_.cpus[i].node == machine_.cpus[cpu].node)
        return true;
    return false;
  }

  void warn() {
    for (std::size_t i = 0; i < machine_.cpus.size(); ++i)
      if (users_[i] > 0 && sibling_in_use(i))
        plan_.warnings.push_back(
            fmt::format("CPU {} is the hyper-thread sibling of another one in use", machine_.cpus[i].id));
    for (std::size_t i = 0; i < users_.size(); ++i)
      if (users_[i] > 1)
        plan_.warnings.push_back(fmt::format("{} workers share CPU {}", users_[i], machine_.cpus[i].id));
    for (const WorkerPlan& worker : plan_.workers)
      for (const std::size_t element : worker.elements)
        for (const std::size_t port : pipeline_.elements[element].ports)
          if (const int node = pipeline_.ports[port].port->properties().node;
              node != kAnyNode && node != worker.node)
            plan_.warnings.push_back(fmt::format(
                "port '{}' is on NUMA node {}, but '{}' uses it from CPU {} on node {}",
                pipeline_.ports[port].name, node, pipeline_.elements[element].name, worker.cpu, worker.node));
  }

  const Pipeline& pipeline_;
  const Placement& placement_;
  const Machine& machine_;
  const PlanOptions& options_;
  Plan& plan_;
  Diagnostics& diagnostics_;
  std::vector<unsigned> users_;  ///< by index into machine_.cpus: workers on it
};

}  // namespace

void choose_cpus(const Pipeline& pipeline, const Placement& placement, const Machine& machine,
                 const PlanOptions& options, Plan& plan, Diagnostics& diagnostics) {
  Chooser(pipeline, placement, machine, options, plan, diagnostics).choose();
}

}  // namespace ixyflow
