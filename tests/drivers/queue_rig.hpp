#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <span>
#include <vector>

#include "core/device/port.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow::test {

/// Packet memory with a pool, and a queue of a driver whose device the test plays. At the end every buffer
/// must be home.
template <class Queue>
class QueueRig {
 public:
  ~QueueRig() {
    queue.empty();
    CHECK(pool->available() == pool->size());
  }

  [[nodiscard]] QueueContext context() { return {pool.get(), &clock, 7}; }
  /// Where the device finds what is at one of its addresses.
  [[nodiscard]] std::uint8_t* at(std::uint64_t address) {
    return reinterpret_cast<std::uint8_t*>(memory.all().data()) + (address - kFirstAddress);
  }

  // Of a receive queue.
  std::vector<Packet*> receive(std::uint32_t burst = 32) {
    std::vector<Packet*> packets(burst);
    packets.resize(queue.receive(packets));
    return packets;
  }
  std::size_t take(std::uint32_t burst = 32) {
    const auto packets = receive(burst);
    pool->free(packets);
    return packets.size();
  }
  /// Lengths of all that can be received now.
  std::vector<std::uint32_t> lengths() {
    std::vector<std::uint32_t> found;
    for (auto packets = receive(); !packets.empty(); packets = receive()) {
      for (const Packet* packet : packets) found.push_back(packet->length());
      pool->free(packets);
    }
    return found;
  }
  /// Whether the bytes of a frame count on from the `first`.
  static bool in_order(const Packet& packet, std::uint32_t first) {
    for (const std::uint8_t byte : bytes_of(packet))
      if (byte != static_cast<std::uint8_t>(first++)) return false;
    return true;
  }

  DmaMemory memory;
  std::unique_ptr<Mempool> other;  ///< a second one, for tests that need it
  std::unique_ptr<Mempool> pool;
  Clock clock{Clock::Kind::simulated};
  Queue queue;

 protected:
  /// `more`: bytes of memory beside the buffers. `shared`: another process has the memory and may write to
  /// all of it, so that nothing in it is held against us.
  QueueRig(std::uint32_t buffers, std::uint32_t data_room, std::size_t more, bool shared = false)
      : memory(allocate(layout(data_room).bytes(buffers) + more)) {
    if (shared) memory.share();
    auto created = Mempool::create(memory, buffers, layout(data_room), 0);
    REQUIRE(created);
    pool = std::move(*created);
  }

 private:
  static constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

  static BufferLayout layout(std::uint32_t data_room) {
    BufferLayout layout;
    layout.data_room = data_room;
    return layout;
  }
  static DmaMemory allocate(std::size_t bytes) {
    auto memory = DmaMemory::allocate(bytes, Pages::small, -1);
    REQUIRE(memory);
    REQUIRE(memory->assign_addresses(DeviceAddresses::linear, kFirstAddress));
    return std::move(*memory);
  }
};

}  // namespace ixyflow::test
