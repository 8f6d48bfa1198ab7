// The pcap port, its writing side: packets become records.

#include "drivers/file/pcap_port.hpp"

namespace ixyflow::drivers {

std::uint32_t PcapPort::tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept {
  if (transmit_.writer) {
    for (const Packet* packet : packets)
      transmit_.writer->append(packet->timestamp, packet->data(), packet->length(), packet->wire_length());
    transmit_.writer->flush_when_due(transmit_.context.clock->now());
    not_written_.add(transmit_.writer->take_lost());
  }
  transmit_.context.pool->free(packets);
  return static_cast<std::uint32_t>(packets.size());
}

std::uint32_t PcapPort::tx_room(std::uint16_t /*queue*/) noexcept {
  if (!transmit_.writer) return std::numeric_limits<std::uint32_t>::max();
  transmit_.writer->flush_when_due(transmit_.context.clock->now());
  return transmit_.writer->has_room() ? std::numeric_limits<std::uint32_t>::max() : 0;
}

void PcapPort::detach_tx(std::uint16_t /*queue*/) noexcept {
  if (!transmit_.writer) return;
  transmit_.writer->flush();
  not_written_.add(transmit_.writer->take_lost());
}

}  // namespace ixyflow::drivers
