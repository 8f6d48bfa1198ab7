#include "core/runtime/machine/topology.hpp"

#include <fmt/core.h>
#include <hwloc.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>

namespace ixyflow {

namespace {

struct TopologyDeleter {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, TopologyDeleter>;

/// What hwloc can build in less than a second: the time that it takes grows with the square of the number.
constexpr std::uint64_t kMostPlanned = 2048;

/// The logical processors of a description in hwloc's notation: the product of all its numbers, which stand
/// alone or behind a colon, but not in parentheses (attributes).
std::uint64_t planned_cpus(std::string_view synthetic) {
  std::uint64_t cpus = 1;
  int open = 0;
  for (std::size_t at = 0; at < synthetic.size() && cpus <= kMostPlanned; ++at) {
    if (synthetic[at] == '(') ++open;
    if (synthetic[at] == ')') --open;
    const bool starts = at == 0 || synthetic[at - 1] == ':' || synthetic[at - 1] == ' ';
    std::uint64_t number = 0;
    if (open > 0 || !starts || synthetic[at] < '0' || synthetic[at] > '9') continue;
    const auto [end, error] = std::from_chars(&synthetic[at], synthetic.data() + synthetic.size(), number);
    cpus = error == std::errc() && number <= kMostPlanned ? cpus * number : kMostPlanned + 1;
    at = static_cast<std::size_t>(end - synthetic.data()) - 1;
  }
  return cpus;
}

Result<Topology> load(const std::string& synthetic) {
  if (planned_cpus(synthetic) > kMostPlanned)
    return fail(
        ExitCode::configuration,
        fmt::format("the topology '{}' has more than {} CPUs, which is the most that can be planned for",
                    synthetic, kMostPlanned));
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return fail(ExitCode::internal, "hwloc cannot be initialised");
  Topology topology(raw);
  if (!synthetic.empty() && hwloc_topology_set_synthetic(raw, synthetic.c_str()) != 0)
    return fail(
        ExitCode::configuration,
        fmt::format(
            "hwloc does not understand the topology '{}'; an example that it does: \"node:2 core:8 pu:2\"",
            synthetic));
  // Processors that a cpuset keeps from us are part of the machine too: a message about one can say why.
  if (hwloc_topology_set_flags(raw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) != 0 ||
      hwloc_topology_load(raw) != 0)
    return fail(ExitCode::internal, "hwloc cannot read the topology of this machine");
  return topology;
}

/// Numbers of a kernel list such as "2-3,8".
std::set<int> parse_cpu_list(const std::string& text) {
  std::set<int> result;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    int first = 0;
    int last = 0;
    const int fields = std::sscanf(part.c_str(), "%d-%d", &first, &last);
    if (fields < 1) continue;
    if (fields == 1) last = first;
    for (int cpu = first; cpu <= last && cpu - first < 65536; ++cpu) result.insert(cpu);
  }
  return result;
}

/// "isolated", "offline": a list that the kernel keeps of CPUs.
std::set<int> kernel_cpu_list(const char* name) {
  std::ifstream file(std::string("/sys/devices/system/cpu/") + name);
  std::string text;
  std::getline(file, text);
  return parse_cpu_list(text);
}

/// Between the nodes of `machine`; empty when hwloc knows none.
std::vector<std::vector<std::uint32_t>> read_distances(hwloc_topology_t topology, const Machine& machine) {
  hwloc_distances_s* matrix = nullptr;
  unsigned count = 1;
  if (hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &count, &matrix, 0, 0) != 0 || count == 0)
    return {};
  std::vector<std::vector<std::uint32_t>> distances(machine.nodes.size(),
                                                    std::vector<std::uint32_t>(machine.nodes.size()));
  const auto place = [&](unsigned object) {
    const int id = static_cast<int>(matrix->objs[object]->os_index);
    const auto node = std::find_if(machine.nodes.begin(), machine.nodes.end(),
                                   [id](const NumaNode& candidate) { return candidate.id == id; });
    return static_cast<std::size_t>(node - machine.nodes.begin());
  };
  const bool complete = matrix->nbobjs == machine.nodes.size();
  for (unsigned from = 0; complete && from < matrix->nbobjs; ++from)
    for (unsigned to = 0; to < matrix->nbobjs; ++to)
      distances[place(from)][place(to)] =
          static_cast<std::uint32_t>(matrix->values[from * matrix->nbobjs + to]);
  hwloc_distances_release(topology, matrix);
  if (!complete) distances.clear();
  return distances;
}

int node_of(hwloc_topology_t topology, hwloc_obj_t pu) {
  const int first = pu->nodeset != nullptr ? hwloc_bitmap_first(pu->nodeset) : -1;
  if (first < 0) return 0;
  hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(topology, static_cast<unsigned>(first));
  return node != nullptr ? static_cast<int>(node->os_index) : 0;
}

std::uint64_t free_huge_pages(int node) {
  std::uint64_t pages = 0;
  std::ifstream(
      fmt::format("/sys/devices/system/node/node{}/hugepages/hugepages-2048kB/free_hugepages", node)) >>
      pages;
  return pages;
}

}  // namespace

Result<Machine> read_machine(const std::string& synthetic) {
  auto loaded = load(synthetic);
  if (!loaded) return std::unexpected(loaded.error());
  hwloc_topology_t topology = loaded->get();
  const bool here = synthetic.empty();

  Machine machine;
  machine.described = !here;
  const std::set<int> isolated = here ? kernel_cpu_list("isolated") : std::set<int>();
  const hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(topology);
  const std::unique_ptr<hwloc_bitmap_s, decltype(&hwloc_bitmap_free)> bound(hwloc_bitmap_alloc(),
                                                                            hwloc_bitmap_free);
  const bool is_bound = here && hwloc_get_cpubind(topology, bound.get(), HWLOC_CPUBIND_PROCESS) == 0;

  for (hwloc_obj_t pu = nullptr; (pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu)) != nullptr;) {
    Cpu cpu;
    cpu.id = static_cast<int>(pu->os_index);
    const hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
    cpu.core = core != nullptr ? static_cast<int>(core->logical_index) : cpu.id;
    cpu.node = node_of(topology, pu);
    cpu.allowed = hwloc_bitmap_isset(allowed, pu->os_index) != 0 &&
                  (!is_bound || hwloc_bitmap_isset(bound.get(), pu->os_index) != 0);
    cpu.isolated = isolated.contains(cpu.id);
    machine.cpus.push_back(cpu);
  }
  std::sort(machine.cpus.begin(), machine.cpus.end(), [](const Cpu& a, const Cpu& b) { return a.id < b.id; });

  for (hwloc_obj_t object = nullptr;
       (object = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, object)) != nullptr;) {
    NumaNode node;
    node.id = static_cast<int>(object->os_index);
    node.memory_bytes = object->attr->numanode.local_memory;
    node.huge_pages_free = here ? free_huge_pages(node.id) : 0;
    machine.nodes.push_back(node);
  }
  machine.distances = read_distances(topology, machine);
  if (here)
    for (const int cpu : kernel_cpu_list("offline")) machine.offline.push_back(cpu);
  return machine;
}

}  // namespace ixyflow
