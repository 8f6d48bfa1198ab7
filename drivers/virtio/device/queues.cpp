#include "drivers/virtio/device/queues.hpp"

#include <algorithm>
#include <array>

#include "core/net/flow/spread.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::drivers::vhost {

void ReceiveQueue::attach(const QueueContext& context) noexcept {
  queue = context;
  metadata = FreshMetadata(*context.pool, context.port_index);
  room = context.pool->layout().data_room;
}

void ReceiveQueue::detach() noexcept {
  for (ReceiveRing* ring : rings_) ring->abandon();
}

std::uint32_t ReceiveQueue::receive_from_all(std::span<Packet*> packets) noexcept {
  std::uint32_t count = 0;
  // Every ring is asked in every round, another one first each time; so none is starved.
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    count += rings_[next_]->receive(packets.subspan(count), *this);
    next_ = next_ + 1 == rings_.size() ? 0 : next_ + 1;
  }
  if (!rings_.empty()) next_ = next_ + 1 == rings_.size() ? 0 : next_ + 1;
  return count;
}

void TransmitQueue::detach() noexcept {
  for (TransmitRing* ring : rings_) ring->abandon();
}

std::span<TransmitRing* const> TransmitQueue::usable() noexcept {
  std::size_t count = 0;
  for (TransmitRing* ring : rings_)
    if (ring->usable()) usable_[count++] = ring;
  return std::span(usable_).first(count);
}

std::uint32_t TransmitQueue::transmit(std::span<Packet* const> packets) noexcept {
  const std::span<TransmitRing* const> rings = usable();
  if (rings.empty()) return 0;
  packets = packets.first(std::min<std::size_t>(packets.size(), kMaxBatch));
  if (rings.size() == 1) [[likely]]
    packets = packets.first(rings.front()->transmit(packets, *this));
  else
    spread(rings, packets);
  queue.pool->free(packets);
  return static_cast<std::uint32_t>(packets.size());
}

void TransmitQueue::spread(std::span<TransmitRing* const> rings, std::span<Packet* const> packets) noexcept {
  std::array<std::uint8_t, kMaxBatch> ring_of;
  for (std::size_t i = 0; i < packets.size(); ++i)
    ring_of[i] = static_cast<std::uint8_t>(
        ixyflow::spread(flow_hash(*packets[i]), Spreader::rings, static_cast<std::uint32_t>(rings.size())));
  std::array<Packet*, kMaxBatch> together;
  for (std::size_t ring = 0; ring < rings.size(); ++ring) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < packets.size(); ++i)
      if (ring_of[i] == ring) together[count++] = packets[i];
    const std::span<Packet* const> frames = std::span(together).first(count);
    for (const Packet* left : frames.subspan(rings[ring]->transmit(frames, *this)))
      ring_full.add(left->length());
  }
}

std::uint32_t TransmitQueue::room() noexcept {
  std::uint32_t least = kMaxBatch;
  const std::span<TransmitRing* const> rings = usable();
  for (TransmitRing* ring : rings) least = std::min(least, ring->room(*this));
  return rings.empty() ? 0 : least;
}

}  // namespace ixyflow::drivers::vhost
