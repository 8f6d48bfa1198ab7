#include "tools/ixyflow/test/memory_port.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow::tools {

void MemoryPort::configure(PortConfiguration& configuration) {
  for (std::size_t i = 0; i < traffic_->in.size(); ++i)
    if (traffic_->in[i].frame.size() > configuration.packet_size)
      configuration.diagnostics.error(
          configuration.where,
          fmt::format("packet {} of the test has {} bytes, more than a buffer of {} holds", i + 1,
                      traffic_->in[i].frame.size(), configuration.packet_size),
          "raise packet_size in [pipeline]");
}

PortProperties MemoryPort::properties() const {
  PortProperties properties;
  properties.can_wait = true;
  return properties;
}

void MemoryPort::attach_rx(std::uint16_t /*queue*/, const QueueContext& context) {
  receive_ = context;
  traffic_->clock = context.clock;
}

void MemoryPort::attach_tx(std::uint16_t /*queue*/, const QueueContext& context) {
  transmit_ = context;
}

std::uint32_t MemoryPort::rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept {
  std::uint32_t due = 0;
  while (due < packets.size() && next_ + due < traffic_->in.size() &&
         traffic_->in[next_ + due].at <= receive_.clock->now())
    ++due;
  const std::uint32_t count = receive_.pool->allocate(packets.first(due));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& source = traffic_->in[next_++];
    Packet& packet = *packets[i];
    packet.set_length(static_cast<std::uint32_t>(source.frame.size()), source.wire_length);
    if (!source.frame.empty()) std::memcpy(packet.data(), source.frame.data(), source.frame.size());
    packet.timestamp = source.at;
    packet.input_port = receive_.port_index;
  }
  return count;
}

bool MemoryPort::exhausted(std::uint16_t /*queue*/) const noexcept {
  return next_ == traffic_->in.size();
}

Nanoseconds MemoryPort::next_due(std::uint16_t /*queue*/) const noexcept {
  return next_ < traffic_->in.size() ? traffic_->in[next_].at : std::numeric_limits<Nanoseconds>::max();
}

std::uint32_t MemoryPort::tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept {
  for (const Packet* packet : packets) {
    const auto bytes = bytes_of(*packet);
    traffic_->out.push_back(
        {Bytes(bytes.begin(), bytes.end()), packet->wire_length(), transmit_.clock->now()});
  }
  transmit_.pool->free(packets);
  return static_cast<std::uint32_t>(packets.size());
}

}  // namespace ixyflow::tools
