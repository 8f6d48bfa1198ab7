#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "core/packet/dma_memory.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/ixgbe/receive_queue.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::test {

/// Packet memory with a pool, and the queues of a card that the test plays. At the end every buffer must be
/// home.
template <class Queue, class Descriptor>
class QueueRig {
 public:
  static constexpr std::uint32_t kDescriptors = 64;

  explicit QueueRig(std::uint32_t buffers = 256, std::uint32_t data_room = 2048)
      : memory(allocate(buffers, data_room)),
        ring(std::span(
            reinterpret_cast<Descriptor*>(memory.take_whole(kDescriptors * sizeof(Descriptor)).data()),
            kDescriptors)) {
    BufferLayout layout;
    layout.data_room = data_room;
    auto created = Mempool::create(memory, buffers, layout, 0);
    REQUIRE(created);
    pool = std::move(*created);
  }
  ~QueueRig() {
    queue.empty();
    CHECK(pool->available() == pool->size());
  }

  [[nodiscard]] QueueContext context() { return {pool.get(), &clock, 7}; }
  /// Where the card finds what is at a device address of the memory.
  [[nodiscard]] std::uint8_t* at(std::uint64_t address) {
    return reinterpret_cast<std::uint8_t*>(memory.all().data()) + (address - kFirstAddress);
  }

  DmaMemory memory;
  std::span<Descriptor> ring;
  std::unique_ptr<Mempool> pool;
  Clock clock{Clock::Kind::simulated};
  volatile std::uint32_t tail = 0;
  Queue queue;

 private:
  static constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

  static DmaMemory allocate(std::uint32_t buffers, std::uint32_t data_room) {
    BufferLayout layout;
    layout.data_room = data_room;
    auto memory = DmaMemory::allocate(layout.bytes(buffers) + (64U << 10), Pages::small, -1);
    REQUIRE(memory);
    REQUIRE(memory->assign_addresses(DeviceAddresses::linear, kFirstAddress));
    return std::move(*memory);
  }
};

}  // namespace ixyflow::test
