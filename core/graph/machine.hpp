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
};

struct NumaNode {
  int id = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t huge_pages_free = 0;  ///< of 2 MiB
};

/// The topology of a machine, as data: this one's, or one that is planned for.
struct Machine {
  std::vector<Cpu> cpus;  ///< by id
  std::vector<NumaNode> nodes;
};

}  // namespace ixyflow
