#include "core/graph/planner/machine/cpu_pool.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

namespace ixyflow {

CpuPool::CpuPool(const Machine& machine) : machine_(machine), users_(machine.cpus.size()) {
  std::map<std::pair<int, int>, std::size_t> known;  // nodes may count their cores from 0 each
  for (const Cpu& cpu : machine.cpus)
    core_of_.push_back(known.try_emplace({cpu.node, cpu.core}, known.size()).first->second);
  core_users_.resize(known.size());
  for (std::size_t i = 0; i < machine.cpus.size(); ++i)
    if (!machine.cpus[i].user.empty()) ++core_users_[core_of_[i]];
}

std::size_t CpuPool::best(int node) const {
  const auto cost = [&](std::size_t i) {
    const Cpu& cpu = machine_.cpus[i];
    return std::tuple(users_[i], !cpu.user.empty(), node == kAnyNode ? 0 : distance(machine_, node, cpu.node),
                      cpu.id == 0, sibling_in_use(i), !cpu.isolated, cpu.id);
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

std::string CpuPool::explain(std::size_t chosen, const Wish& wish) const {
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
std::string CpuPool::explain_among(std::size_t chosen) const {
  const Cpu& cpu = machine_.cpus[chosen];
  if (users_[chosen] > 0) return "; shared, because there are more workers than CPUs";
  if (!cpu.user.empty())
    return fmt::format("; shared with the run '{}', because no other CPU is free", cpu.user);
  bool zero = false;
  std::vector<int> siblings;
  std::vector<int> elsewhere;
  for (std::size_t i = 0; i < machine_.cpus.size(); ++i) {
    const Cpu& other = machine_.cpus[i];
    if (i == chosen || !other.allowed || users_[i] > 0 || other.node != cpu.node) continue;
    if (!other.user.empty()) {
      elsewhere.push_back(other.id);
      continue;
    }
    zero |= other.id == 0;
    if (sibling_in_use(i) && other.id < cpu.id && other.id != 0) siblings.push_back(other.id);
  }
  std::string text;
  if (!elsewhere.empty())
    text += fmt::format("; not {}, in use by {}", show_numbers(elsewhere),
                        elsewhere.size() == 1 ? "another run" : "other runs");
  if (cpu.isolated) text += "; isolated from other work";
  if (zero) text += "; CPU 0 is left to the system";
  if (!siblings.empty() && !sibling_in_use(chosen))
    text += fmt::format("; not {}: hyper-thread sibling{} in use", show_numbers(siblings),
                        siblings.size() == 1 ? " of one" : "s of ones");
  if (cpu.id == 0) text += "; nothing but CPU 0 is free";
  if (sibling_in_use(chosen)) text += "; only hyper-thread siblings of CPUs in use are free";
  return text;
}

}  // namespace ixyflow
