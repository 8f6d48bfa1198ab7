#include "tools/ixyflow/pipeline/imagined_machine.hpp"

#include <algorithm>

namespace ixyflow::tools {

Machine imagined_machine(const Pipeline& pipeline) {
  constexpr int kCpus = 256;
  constexpr int kMostCpus = 4096;
  int highest = kCpus - 1;
  for (const CoreRequest& core : pipeline.cores)
    if (core.cpu) highest = std::max(highest, std::min(*core.cpu, kMostCpus - 1));
  Machine machine;
  for (int id = 0; id <= highest; ++id) machine.cpus.push_back({.id = id, .core = id});
  machine.nodes.push_back({});
  return machine;
}

}  // namespace ixyflow::tools
