#include "drivers/ixgbe/transmit_queue.hpp"

#include <algorithm>

namespace ixyflow::drivers::ixgbe {

void TransmitQueue::set_up(const Setup& setup) {
  ring_ = setup.ring;
  descriptors_ = ring_.data();
  mask_ = static_cast<std::uint32_t>(ring_.size()) - 1;
  head_ = setup.head;
  offloads_ = setup.offloads;
  storage_ = std::make_unique<Packet*[]>(ring_.size());
  packets_ = storage_.get();
}

void TransmitQueue::attach(const QueueContext& context) noexcept {
  context_ = context;
  begin();
}

void TransmitQueue::begin() noexcept {
  next_ = clean_ = 0;
  *head_ = 0;
  given_.store(0, std::memory_order_relaxed);
  distrusted_.store(false, std::memory_order_relaxed);
  std::ranges::fill(ring_, TransmitDescriptor{});
  state.set(QueueState::filled);
}

void TransmitQueue::start(Doorbell tail) noexcept {
  tail_ = tail;
  state.set(QueueState::working);
}

std::uint32_t TransmitQueue::room() noexcept {
  if (!state.is_working()) return step_aside();
  clean();
  return free_descriptors() / most_descriptors();
}

void TransmitQueue::empty() noexcept {
  if (state.get() != QueueState::empty) {
    clean();
    for (std::uint32_t i = clean_; i != next_; ++i)
      if (const Packet* const packet = packets_[i & mask_]) flushed.add(packet->length());
    give_back(next_ - clean_);
  }
  state.set(QueueState::empty);
}

/// The control thread has taken the device away, or wants to give it back: there is no room.
std::uint32_t TransmitQueue::step_aside() noexcept {
  if (state.get() == QueueState::leaving) empty();
  if (state.get() == QueueState::filling) begin();
  return 0;
}

void TransmitQueue::free_packets(std::span<Packet*> packets) noexcept {
  // Descriptors of a context have no packet.
  const auto end = offloads_.any() ? std::remove(packets.begin(), packets.end(), nullptr) : packets.end();
  context_.pool->free({packets.begin(), end});
}

void TransmitQueue::drop_bad_length(Packet* packet) noexcept {
  bad_length.add(packet->length());
  context_.pool->free(packet);
}

}  // namespace ixyflow::drivers::ixgbe
