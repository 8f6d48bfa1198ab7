#include "core/runtime/engine/ring.hpp"

#include <algorithm>
#include <boost/lockfree/spsc_queue.hpp>

#include "core/packet/node_memory.hpp"

namespace ixyflow {

namespace {

/// Gives the queue its places on a NUMA node.
template <class T>
struct NodeAllocator {
  using value_type = T;
  int node = -1;

  NodeAllocator() = default;
  explicit NodeAllocator(int wanted) noexcept : node(wanted) {}
  template <class U>
  NodeAllocator(const NodeAllocator<U>& other) noexcept : node(other.node) {}

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_on_node(count * sizeof(T), node)); }
  void deallocate(T* places, std::size_t count) noexcept { free_on_node(places, count * sizeof(T)); }
};

using Places = boost::lockfree::allocator<NodeAllocator<Packet*>>;

}  // namespace

/// Aligned, because Boost only sees to it that producer and consumer do not share a line with each other.
struct alignas(kCacheLine) Ring::Queue : boost::lockfree::spsc_queue<Packet*, Places> {
  using spsc_queue::spsc_queue;
};

Ring::Ring(std::uint32_t length, FullPolicy full, int node)
    : queue_(std::make_unique<Queue>(length, NodeAllocator<Packet*>(node))), length_(length), full_(full) {}

Ring::~Ring() = default;

std::uint32_t Ring::push(std::span<Packet* const> packets) noexcept {
  return static_cast<std::uint32_t>(queue_->push(packets.data(), packets.size()));
}

std::uint32_t Ring::room() const noexcept {
  return static_cast<std::uint32_t>(queue_->write_available());
}

std::uint32_t Ring::pop(std::span<Packet*> packets) noexcept {
  const std::uint64_t there = queue_->read_available();
  if (there == 0) return 0;
  ++out.finds;
  out.found += there;
  out.peak = std::max(out.peak, there);
  const auto count = static_cast<std::uint32_t>(queue_->pop(packets.data(), packets.size()));
  out.taken += count;
  return count;
}

}  // namespace ixyflow
