#include "core/graph/planner/machine/cpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ranges>
#include <string>
#include <vector>

#include "core/graph/planner/machine/cpu_pool.hpp"
#include "core/graph/planner/machine/cpu_wishes.hpp"

namespace ixyflow {
namespace {

class Chooser {
 public:
  Chooser(const Pipeline& pipeline, const Placement& placement, const Machine& machine, bool oversubscribe,
          Plan& plan, Diagnostics& diagnostics)
      : pipeline_(pipeline),
        placement_(placement),
        machine_(machine),
        oversubscribe_(oversubscribe),
        plan_(plan),
        diagnostics_(diagnostics),
        cpus_(machine),
        placed_(plan.workers.size()),
        reasons_(plan.workers.size()) {}

  void choose() {
    const bool possible = enough_cpus();
    for (std::size_t i = 0; i < plan_.workers.size(); ++i)
      if (request(i).cpu) take_explicit(i);
    if (!possible) return;
    // Whose packets would cross nodes goes first, then who asks to be near; the others follow their
    // neighbours.
    for (const Rank rank : {Rank::at_port, Rank::near, Rank::rest})
      for (std::size_t i = 0; i < plan_.workers.size(); ++i) {
        if (request(i).cpu || placed_[i]) continue;
        if (rank == Rank::at_port && !uses_port_with_node(pipeline_, plan_.workers[i])) continue;
        const Wish wish = rank == Rank::rest ? wish_for_neighbour(plan_, i, placed_)
                                             : wish_for_port(pipeline_, plan_.workers[i], request(i).near);
        if (rank != Rank::rest && wish.node == kAnyNode) continue;
        const std::size_t cpu = cpus_.best(wish.node);
        reasons_[i] = cpus_.explain(cpu, wish);
        take(i, cpu);
      }
    tell_reasons();
  }

 private:
  enum class Rank : std::uint8_t { at_port, near, rest };

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

  bool enough_cpus() {
    const auto allowed = static_cast<std::size_t>(std::ranges::count_if(machine_.cpus, &Cpu::allowed));
    plan_.oversubscribed = plan_.workers.size() > allowed;
    if (allowed == 0)
      diagnostics_.error({}, "this machine has no CPU that the process may use");
    else if (plan_.oversubscribed && !oversubscribe_)
      // At the core that asks for most, and of equals the last one.
      diagnostics_.error(
          std::ranges::max_element(std::views::reverse(placement_.cores), {}, &CoreRequest::count)->where,
          fmt::format("the pipeline needs {} cores, but there {} only {}", plan_.workers.size(),
                      allowed == 1 ? "is" : "are", allowed),
          "fewer cores, or --oversubscribe to let workers share a CPU, slowly");
    return allowed > 0 && (!plan_.oversubscribed || oversubscribe_);
  }

  void take_explicit(std::size_t worker) {
    const int wanted = *request(worker).cpu;
    const auto cpu = std::ranges::find(machine_.cpus, wanted, &Cpu::id);
    if (cpu == machine_.cpus.end() || !cpu->allowed)
      return refuse(request(worker), cpu != machine_.cpus.end());
    reasons_[worker] = fmt::format("CPU {}: the file says so", wanted);
    take(worker, static_cast<std::size_t>(cpu - machine_.cpus.begin()));
  }

  void refuse(const CoreRequest& core, bool online) {
    const auto any = [](const Cpu&) { return true; };
    std::string why;
    std::string hint;
    if (online) {
      why = fmt::format("this process may not run on CPU {}", *core.cpu);
      hint = fmt::format("it may run on: {}", ids(&Cpu::allowed));
    } else if (std::ranges::find(machine_.offline, *core.cpu) != machine_.offline.end()) {
      why = fmt::format("CPU {} is offline", *core.cpu);
      hint = fmt::format("online are: {}", ids(any));
    } else {
      why = fmt::format("this machine has no CPU {}", *core.cpu);
      hint = fmt::format("there are: {}", ids(any));
    }
    diagnostics_.error(core.where, fmt::format("core '{}': {}", core.name, why), std::move(hint));
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
    cpus_.take(cpu);
    placed_[worker] = true;
    plan_.workers[worker].cpu = machine_.cpus[cpu].id;
    plan_.workers[worker].node = machine_.cpus[cpu].node;
    plan_.workers[worker].memory_node = nearest_memory(machine_, machine_.cpus[cpu].node);
  }

  const Pipeline& pipeline_;
  const Placement& placement_;
  const Machine& machine_;
  bool oversubscribe_;
  Plan& plan_;
  Diagnostics& diagnostics_;
  CpuPool cpus_;
  std::vector<bool> placed_;          ///< by worker
  std::vector<std::string> reasons_;  ///< by worker: why it is on its CPU
};

}  // namespace

void choose_cpus(const Pipeline& pipeline, const Placement& placement, const Machine& machine,
                 bool oversubscribe, Plan& plan, Diagnostics& diagnostics) {
  Chooser(pipeline, placement, machine, oversubscribe, plan, diagnostics).choose();
}

}  // namespace ixyflow
