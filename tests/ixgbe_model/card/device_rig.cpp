#include "tests/ixgbe_model/card/device_rig.hpp"

#include <sstream>

namespace ixyflow::test::card {

namespace {

constexpr std::uint32_t kRxPage = 0x1000, kTxPage = 0x6000, kStride = 0x40;
constexpr std::uint32_t kBufferBytes = 2048;
constexpr std::uint32_t kEnable = 1U << 25;
constexpr std::uint32_t kQueueBytes = 2 * Rig::kRing * kBufferBytes;  // buffers of one queue, both directions
constexpr std::uint64_t kBuffers = FakeMemory::kBase + 0x100000;

std::uint32_t rx_registers(std::uint32_t queue) {
  return queue < 64 ? kRxPage + kStride * queue : 0xD000 + kStride * (queue - 64);
}

/// Buffers for 16 queues: the others share them.
std::uint64_t buffers_of(std::uint32_t queue) {
  return kBuffers + std::uint64_t{queue % 16} * kQueueBytes;
}

}  // namespace

Rig::Rig(const model::DeviceOptions& options) : registers(model::kBar0Bytes, std::byte{0}) {
  device = std::make_unique<model::Card>(options, registers, memory, interrupts, wire);
  faults = std::make_unique<model::Faults>(*device);
  device->set_bus_master(true);
}

void Rig::write_mapped(std::uint32_t offset, std::uint32_t value) {
  std::memcpy(registers.data() + offset, &value, sizeof value);
}

std::uint32_t Rig::read_mapped(std::uint32_t offset) const {
  std::uint32_t value;
  std::memcpy(&value, registers.data() + offset, sizeof value);
  return value;
}

void Rig::run(Nanoseconds time, Nanoseconds step) {
  for (const Nanoseconds end = now + time; now < end;) {
    now += step;
    device->poll(now);
    faults->poll(now);
  }
}

void Rig::bring_up() {
  write(0x00000, 1U << 26);
  run(30'000'000);
  write(0x05080, 3U << 8 | 1U << 10);  // FCTRL: all
  set(0x02F00, 1U << 1);               // RDRXCTL.CRCStrip
  set(0x03000, 1);                     // RXCTRL.RXEN
  set(0x04A80, 1);                     // DMATXCTL.TE
}

std::uint64_t Rig::rx_ring(std::uint32_t queue) {
  return FakeMemory::kBase + std::uint64_t{queue} * 2 * 16 * kRing;
}
std::uint64_t Rig::tx_ring(std::uint32_t queue) {
  return rx_ring(queue) + 16ULL * kRing;
}
std::uint64_t Rig::rx_buffer(std::uint32_t queue, std::uint32_t index) {
  return buffers_of(queue) + std::uint64_t{index} * kBufferBytes;
}
std::uint64_t Rig::tx_buffer(std::uint32_t queue, std::uint32_t index) {
  return buffers_of(queue) + std::uint64_t{kRing + index} * kBufferBytes;
}

void Rig::start_rx(std::uint32_t queue, std::uint32_t split) {
  const std::uint32_t at = rx_registers(queue);
  for (std::uint32_t i = 0; i < kRing; ++i) store(rx_ring(queue) + 16ULL * i, {rx_buffer(queue, i), 0});
  write(at + 0x00, static_cast<std::uint32_t>(rx_ring(queue)));
  write(at + 0x04, static_cast<std::uint32_t>(rx_ring(queue) >> 32));
  write(at + 0x08, 16 * kRing);
  write(at + 0x14, split);
  write(at + 0x10, 0);
  write(at + 0x18, 0);
  set(at + 0x28, kEnable);
  run(100'000, 10'000);
  write(at + 0x18, kRing - 1);
}

void Rig::start_tx(std::uint32_t queue) {
  const std::uint32_t at = kTxPage + kStride * queue;
  write(at + 0x00, static_cast<std::uint32_t>(tx_ring(queue)));
  write(at + 0x04, static_cast<std::uint32_t>(tx_ring(queue) >> 32));
  write(at + 0x08, 16 * kRing);
  write(at + 0x10, 0);
  write(at + 0x18, 0);
  set(at + 0x28, kEnable);
  run(100'000, 10'000);
  tx_next[queue] = 0;
}

Words Rig::load(std::uint64_t address) {
  Words words;
  std::memcpy(&words, memory.find(address, sizeof words), sizeof words);
  return words;
}

void Rig::store(std::uint64_t address, const Words& words) {
  std::memcpy(memory.find(address, sizeof words), &words, sizeof words);
}

Bytes Rig::bytes(std::uint64_t address, std::size_t count) {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(memory.find(address, count));
  return Bytes(std::span(from, count));
}

void Rig::queue_descriptor(std::uint32_t queue, const Words& words) {
  store(tx_ring(queue) + 16ULL * tx_next[queue], words);
  tx_next[queue] = (tx_next[queue] + 1) % kRing;
}

void Rig::queue_frame(std::uint32_t queue, const Bytes& frame, std::uint64_t flags) {
  const std::uint64_t address = tx_buffer(queue, tx_next[queue]);
  std::memcpy(memory.find(address, frame.size()), frame.data(), frame.size());
  queue_descriptor(queue, {address, flags | frame.size()});
}

void Rig::ring_tx(std::uint32_t queue) {
  write(kTxPage + kStride * queue + 0x18, tx_next[queue]);
}

std::uint64_t Rig::status(std::string_view key) const {
  std::istringstream lines(device->status());
  for (std::string name, value; lines >> name >> value;)
    if (name == key) return std::stoull(value);
  return 0;
}

Bytes test_frame(std::size_t bytes, std::uint8_t destination) {
  Bytes frame(bytes);
  for (std::size_t i = 0; i < bytes; ++i) frame[i] = static_cast<std::uint8_t>(i);
  constexpr std::array<std::uint8_t, 14> kHeader{2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0xAA, 0x88, 0xB5};
  for (std::size_t i = 0; i < kHeader.size() && i < bytes; ++i) frame[i] = kHeader[i];
  if (bytes > 5) frame[5] = destination;
  return frame;
}

}  // namespace ixyflow::test::card
