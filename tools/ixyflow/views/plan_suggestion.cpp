#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

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
  pipeline.cores = cores;
  Diagnostics unheard;  // fewer wishes than before cannot bring a new mistake
  const auto better = make_plan(pipeline, machine, options, unheard);
  std::string text = "[cores]\n";
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
