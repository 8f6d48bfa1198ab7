#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/views/plan_view.hpp"

namespace ixyflow::tools {
namespace {

/// A port with a NUMA node that a worker uses; the one that it receives from comes first.
std::string port_of(const Pipeline& pipeline, const WorkerPlan& worker) {
  for (const PortUse wanted : {PortUse::receive, PortUse::transmit})
    for (const QueuePlan& queue : worker.queues) {
      const PortNode& port = pipeline.ports[queue.port];
      const PortUse use = pipeline.elements[queue.element].spec->ports[queue.use].use;
      if (use == wanted && port.port->properties().node >= 0) return port.name;
    }
  return {};
}

/// The port that the worker should be near: its own, else that of the workers that feed it, and so on up.
std::string port_above(const Pipeline& pipeline, const Plan& plan, std::size_t worker) {
  std::vector<std::size_t> open{worker};
  std::vector<bool> seen(plan.workers.size());
  seen[worker] = true;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (std::string port = port_of(pipeline, plan.workers[open[i]]); !port.empty()) return port;
    for (const RingPlan& ring : plan.rings)
      if (ring.to == open[i] && !seen[ring.from]) {
        seen[ring.from] = true;
        open.push_back(ring.from);
      }
  }
  return {};
}

std::string show_cpus(const Plan& plan, const std::string& core) {
  std::vector<int> cpus;
  std::vector<int> nodes;
  for (const WorkerPlan& worker : plan.workers) {
    if (worker.core != core) continue;
    cpus.push_back(worker.cpu);
    nodes.push_back(worker.node);
  }
  for (std::vector<int>* numbers : {&cpus, &nodes}) {
    std::ranges::sort(*numbers);
    numbers->erase(std::ranges::unique(*numbers).begin(), numbers->end());
  }
  return fmt::format("CPU{} {} on node{} {}", cpus.size() == 1 ? "" : "s", show_numbers(cpus),
                     nodes.size() == 1 ? "" : "s", show_numbers(nodes));
}

std::string show(const CoreRequest& core) {
  std::string keys;
  const auto add = [&keys](std::string key) { keys += (keys.empty() ? " " : ", ") + std::move(key); };
  if (!core.near.empty()) add(fmt::format("near = \"{}\"", core.near));
  if (core.count > 1) add(fmt::format("count = {}", core.count));
  return fmt::format("{} = {{{}{}}}", core.name, keys, keys.empty() ? "" : " ");
}

std::size_t workers_of(const std::vector<CoreRequest>& cores) {
  std::size_t workers = 0;
  for (const CoreRequest& core : cores) workers += core.count;
  return workers;
}

/// Takes copies away, of whoever has most, until every worker has a CPU of its own or each core has one.
void make_fit(std::vector<CoreRequest>& cores, std::size_t cpus) {
  while (workers_of(cores) > cpus) {
    const auto largest = std::ranges::max_element(cores, {}, &CoreRequest::count);
    if (largest == cores.end() || largest->count == 1) return;
    --largest->count;
  }
}

}  // namespace

std::string suggest_cores(Pipeline& pipeline, const Plan& plan, const Machine& machine,
                          const PlanOptions& options) {
  std::vector<CoreRequest> cores;
  for (std::size_t i = 0; i < plan.workers.size(); ++i) {
    const WorkerPlan& worker = plan.workers[i];
    if (worker.copy != 0) continue;
    cores.push_back({.name = worker.core,
                     .cpu = {},
                     .near = port_above(pipeline, plan, i),
                     .count = worker.copies,
                     .where = {}});
  }
  const auto cpus = static_cast<std::size_t>(std::ranges::count_if(machine.cpus, &Cpu::allowed));
  const std::size_t wanted = workers_of(cores);
  make_fit(cores, cpus);
  pipeline.cores = cores;
  Diagnostics unheard;  // fewer wishes than before cannot bring a new mistake
  const auto better = make_plan(pipeline, machine, options, unheard);
  std::string text = "[cores]\n";
  if (workers_of(cores) > cpus)
    text += fmt::format(
        "# {} cores, but {}: put elements of several on one, or run it with --oversubscribe, slowly\n",
        workers_of(cores), plural(cpus, "CPU"));
  else if (workers_of(cores) < wanted)
    text += fmt::format("# fewer copies: it asked for {} cores, and there {} {}\n", wanted,
                        cpus == 1 ? "is" : "are", plural(cpus, "CPU"));
  for (const CoreRequest& core : cores) {
    text += show(core);
    if (better) text += "  # " + show_cpus(*better, core.name);
    text += "\n";
  }
  if (better)
    for (const std::string& warning : better->warnings) text += "# still: " + warning + "\n";
  return text;
}

}  // namespace ixyflow::tools
