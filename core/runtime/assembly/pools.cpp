#include "core/runtime/assembly/pools.hpp"

#include <algorithm>
#include <map>

#include "core/base/round_up.hpp"
#include "core/packet/node_memory.hpp"

namespace ixyflow {

namespace {

/// Where linear device addresses begin: above 4 GiB, because an IOMMU may keep addresses below for
/// interrupts, and low enough for every one (39 bits at least).
constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

/// Allocates what pools and devices of each node need; returns which piece of memory is whose.
Result<std::map<int, std::size_t>> allocate_memory(Assembly& assembly, const BufferLayout& layout) {
  std::map<int, std::size_t> bytes_of_node;
  for (const WorkerPlan& worker : assembly.plan.workers)
    bytes_of_node[worker.memory_node] += layout.bytes(worker.buffers) + kCacheLine;
  for (const NodePlan& node : assembly.plan.nodes) bytes_of_node[node.node] += node.device_bytes;

  const DeviceAddresses addresses = assembly.plan.device_addresses;
  const bool shared = std::ranges::any_of(assembly.pipeline.ports, [](const PortNode& node) {
    return node.port->properties().shares_memory;
  });
  std::uint64_t next_address = kFirstAddress;
  std::map<int, std::size_t> memory_of_node;
  assembly.huge_pages = true;
  for (const auto& [node, bytes] : bytes_of_node) {
    auto memory = DmaMemory::allocate(
        bytes, addresses == DeviceAddresses::physical ? Pages::huge : Pages::huge_or_small, node);
    if (!memory) return std::unexpected(memory.error());
    if (auto assigned = memory->assign_addresses(addresses, next_address); !assigned)
      return std::unexpected(assigned.error());
    if (shared) memory->share();
    next_address += round_up(memory->all().size(), kHugePage);
    assembly.huge_pages &= memory->huge();
    memory_of_node[node] = assembly.memory.size();
    assembly.memory.push_back(std::move(*memory));
  }
  return memory_of_node;
}

}  // namespace

Result<void> make_pools(Assembly& assembly) {
  const BufferLayout& layout = assembly.pipeline.buffers;
  const auto memory_of_node = allocate_memory(assembly, layout);
  if (!memory_of_node) return std::unexpected(memory_of_node.error());
  for (std::size_t i = 0; i < assembly.workers.size(); ++i) {
    const WorkerPlan& plan = assembly.plan.workers[i];
    const PreferredNode there(plan.memory_node);
    auto pool = Mempool::create(assembly.memory[memory_of_node->at(plan.memory_node)], plan.buffers, layout,
                                static_cast<std::uint32_t>(i));
    if (!pool) return std::unexpected(pool.error());
    assembly.workers[i]->set_pool(std::move(*pool));
  }
  for (std::size_t i = 0; i < assembly.workers.size(); ++i)
    for (const std::size_t home : assembly.plan.workers[i].meets) {
      const PreferredNode there(assembly.plan.workers[home].memory_node);
      Mempool::connect(assembly.workers[home]->pool(), assembly.workers[i]->pool());
    }
  return {};
}

}  // namespace ixyflow
