#include "core/runtime/ring.hpp"

#include <boost/lockfree/spsc_queue.hpp>

namespace ixyflow {

struct Ring::Queue : boost::lockfree::spsc_queue<Packet*> {
  using spsc_queue::spsc_queue;
};

Ring::Ring(std::uint32_t length, FullPolicy full)
    : queue_(std::make_unique<Queue>(length)), length_(length), full_(full) {}

Ring::~Ring() = default;

std::uint32_t Ring::push(std::span<Packet* const> packets) noexcept {
  return static_cast<std::uint32_t>(queue_->push(packets.data(), packets.size()));
}

std::uint32_t Ring::room() const noexcept {
  return static_cast<std::uint32_t>(queue_->write_available());
}

std::uint32_t Ring::pop(std::span<Packet*> packets) noexcept {
  const auto count = static_cast<std::uint32_t>(queue_->pop(packets.data(), packets.size()));
  taken += count;
  return count;
}

}  // namespace ixyflow
