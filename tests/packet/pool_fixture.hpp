#pragma once

#include <cstdint>
#include <memory>

#include "core/packet/mempool.hpp"

namespace ixyflow::test {

/// A pool on memory of its own.
struct PoolFixture {
  explicit PoolFixture(std::uint32_t count, BufferLayout layout = {}, std::uint32_t home = 0)
      : memory(DmaMemory::allocate(layout.bytes(count) + 4096, Pages::small, -1).value()),
        pool(Mempool::create(memory, count, layout, home).value()) {}
  DmaMemory memory;
  std::unique_ptr<Mempool> pool;
};

}  // namespace ixyflow::test
