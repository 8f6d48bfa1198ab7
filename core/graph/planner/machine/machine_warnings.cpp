#include "core/graph/planner/machine/machine_warnings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ixyflow {
namespace {

const Cpu& cpu_of(const Machine& machine, const WorkerPlan& worker) {
  return *std::ranges::find(machine.cpus, worker.cpu, &Cpu::id);
}

void warn_of_siblings(const Machine& machine, Plan& plan) {
  std::map<std::pair<int, int>, std::set<int>> cpus_of_core;
  std::map<int, std::size_t> users;
  for (const WorkerPlan& worker : plan.workers) {
    const Cpu& cpu = cpu_of(machine, worker);
    cpus_of_core[{cpu.node, cpu.core}].insert(cpu.id);
    ++users[cpu.id];
  }
  std::vector<std::string> shared;
  for (const auto& [core, cpus] : cpus_of_core)
    if (cpus.size() > 1) shared.push_back(fmt::format("{}", fmt::join(cpus, "+")));
  if (!shared.empty())
    plan.warnings.push_back(fmt::format("CPUs {} are hyper-threads of one core{} and share its speed",
                                        fmt::join(shared, ", "), shared.size() == 1 ? "" : " each"));
  for (const auto& [cpu, count] : users)
    if (count > 1) plan.warnings.push_back(fmt::format("{} workers share CPU {}", count, cpu));
}

void warn_of_remote_ports(const Pipeline& pipeline, const Machine& machine, Plan& plan) {
  for (const WorkerPlan& worker : plan.workers)
    for (const QueuePlan& queue : worker.queues) {
      const PortNode& port = pipeline.ports[queue.port];
      const int node = port.port->properties().node;
      if (node < 0 || node == worker.node) continue;
      std::vector<int> local;
      for (const Cpu& cpu : machine.cpus)
        if (cpu.node == node) local.push_back(cpu.id);
      plan.warnings.push_back(
          fmt::format("port '{}' is on NUMA node {}, but '{}' uses it from CPU {} on node {}; {}", port.name,
                      node, pipeline.elements[queue.element].name, worker.cpu, worker.node,
                      local.empty() ? fmt::format("node {} has no CPU", node)
                                    : fmt::format("CPUs of node {}: {}", node, show_numbers(local))));
    }
}

void warn_of_remote_memory(Plan& plan) {
  for (const WorkerPlan& worker : plan.workers)
    if (worker.memory_node != worker.node)
      plan.warnings.push_back(fmt::format("node {} has no memory: that of core '{}' lies on node {}",
                                          worker.node, worker.name, worker.memory_node));
}

/// Each core that has its CPU in common with another run, which takes up to half of it.
void warn_of_other_runs(const Machine& machine, Plan& plan) {
  const bool none_free = std::ranges::none_of(machine.cpus, [&plan](const Cpu& cpu) {
    return cpu.allowed && cpu.user.empty() &&
           std::ranges::find(plan.workers, cpu.id, &WorkerPlan::cpu) == plan.workers.end();
  });
  for (const WorkerPlan& worker : plan.workers)
    if (const std::string& user = cpu_of(machine, worker).user; !user.empty())
      plan.warnings.push_back(fmt::format("core '{}' shares CPU {} with the run '{}'{}", worker.name,
                                          worker.cpu, user, none_free ? ": no CPU is free" : ""));
}

void note_disturbers(const Machine& machine, Plan& plan) {
  std::vector<int> disturbed;
  for (const WorkerPlan& worker : plan.workers) {
    if (worker.cpu == 0)
      plan.notes.push_back(
          fmt::format("core '{}' runs on CPU 0, which serves interrupts and housekeeping", worker.name));
    if (!machine.described && !cpu_of(machine, worker).isolated) disturbed.push_back(worker.cpu);
  }
  std::ranges::sort(disturbed);
  disturbed.erase(std::ranges::unique(disturbed).begin(), disturbed.end());
  if (!disturbed.empty())
    plan.notes.push_back(fmt::format("CPU{} {} {} not isolated: the kernel may run other work there",
                                     disturbed.size() == 1 ? "" : "s", show_numbers(disturbed),
                                     disturbed.size() == 1 ? "is" : "are"));
}

}  // namespace

void add_machine_warnings(const Pipeline& pipeline, const Machine& machine, Plan& plan) {
  warn_of_siblings(machine, plan);
  warn_of_other_runs(machine, plan);
  warn_of_remote_ports(pipeline, machine, plan);
  warn_of_remote_memory(plan);
  note_disturbers(machine, plan);
}

}  // namespace ixyflow
