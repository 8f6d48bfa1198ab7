#include "core/runtime/assembly/pools.hpp"

#include <cstdint>

#include "core/base/round_up.hpp"
#include "core/packet/node_memory.hpp"

namespace ixyflow {

namespace {

/// Where linear device addresses begin: above 4 GiB, because an IOMMU may keep addresses below for
/// interrupts, and low enough for every one (39 bits at least).
constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

/// Allocates what pools and devices need, in the order of the plan.
Result<void> allocate_memory(Assembly& assembly) {
  const DeviceAddresses addresses = assembly.plan.device_addresses;
  std::uint64_t next_address = kFirstAddress;
  assembly.huge_pages = true;
  for (const MemoryPlan& plan : assembly.plan.memory) {
    auto memory = DmaMemory::allocate(
        plan.bytes, addresses == DeviceAddresses::physical ? Pages::huge : Pages::huge_or_small, plan.node);
    if (!memory) return std::unexpected(memory.error());
    if (auto assigned = memory->assign_addresses(addresses, next_address); !assigned)
      return std::unexpected(assigned.error());
    if (plan.domain != 0) memory->share();
    next_address += round_up(memory->all().size(), kHugePage);
    assembly.huge_pages &= memory->huge() || plan.bytes == 0;
    assembly.memory.push_back(std::move(*memory));
  }
  return {};
}

/// Without pools of its own a worker has one without buffers, to free those of others.
Result<void> make_pools_of(Worker& worker, const WorkerPlan& plan, std::uint32_t index, Assembly& assembly) {
  const PreferredNode there(plan.memory_node);
  const auto make = [&](DmaMemory& memory, std::uint32_t buffers) -> Result<void> {
    auto pool = Mempool::create(memory, buffers, assembly.pipeline.buffers, index);
    if (!pool) return std::unexpected(pool.error());
    worker.add_pool(std::move(*pool));
    return {};
  };
  if (plan.pools.empty()) {
    auto nothing = DmaMemory::allocate(0, Pages::small, plan.memory_node);
    return nothing ? make(*nothing, 0) : std::unexpected(nothing.error());
  }
  for (const PoolPlan& pool : plan.pools)
    if (auto made = make(*assembly.memory_of(plan.memory_node, pool.domain), pool.buffers); !made)
      return made;
  for (std::size_t i = 1; i < plan.pools.size(); ++i) Mempool::connect(worker.pool(i), worker.pool());
  return {};
}

}  // namespace

Result<void> make_pools(Assembly& assembly) {
  if (auto allocated = allocate_memory(assembly); !allocated) return allocated;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i)
    if (auto made = make_pools_of(*assembly.workers[i], assembly.plan.workers[i],
                                  static_cast<std::uint32_t>(i), assembly);
        !made)
      return made;
  for (std::size_t i = 0; i < assembly.workers.size(); ++i)
    for (const std::size_t home : assembly.plan.workers[i].meets) {
      const PreferredNode there(assembly.plan.workers[home].memory_node);
      for (std::size_t pool = 0; pool < assembly.workers[home]->pools(); ++pool)
        Mempool::connect(assembly.workers[home]->pool(pool), assembly.workers[i]->pool());
    }
  return {};
}

}  // namespace ixyflow
