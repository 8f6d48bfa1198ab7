#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ixyflow {

/// A logical processor as the operating system numbers it.
struct Cpu {
  int id = 0;
  int core = 0;           ///< physical core: hyper-thread siblings share the number
  int node = 0;           ///< NUMA node
  bool allowed = true;    ///< by cpuset and affinity of this process
  bool isolated = false;  ///< by isolcpus
  std::string user;       ///< another run that has a worker there; empty: none that is known
};

struct NumaNode {
  int id = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t huge_pages_free = 0;  ///< of 2 MiB
};

/// The topology of a machine, as data: this one's, or one that is planned for.
struct Machine {
  bool described = false;    ///< one that is not here
  std::vector<Cpu> cpus;     ///< those that are online, by id
  std::vector<int> offline;  ///< CPUs that exist and are switched off, by id
  std::vector<NumaNode> nodes;
  /// Distance between two nodes as the firmware tells it (10: the node itself), in the order of `nodes`;
  /// empty when unknown.
  std::vector<std::vector<std::uint32_t>> distances;
};

/// Distance from one node to another, as the firmware tells it; 10 to itself and 20 to any other when it does
/// not.
std::uint32_t distance(const Machine& machine, int from, int to);

/// The node with memory that is nearest to `node`; `node` itself when none is known to have any.
int nearest_memory(const Machine& machine, int node);

/// "0-3, 8": numbers in ascending order.
std::string show_numbers(const std::vector<int>& numbers);

}  // namespace ixyflow
