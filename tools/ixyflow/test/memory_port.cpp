#include "tools/ixyflow/test/memory_port.hpp"

#include <fmt/format.h>

#include <cstring>

#include "core/device/port_registry.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow::tools {

void TestPort::configure(PortConfiguration& configuration) {
  for (std::size_t i = 0; i < traffic_->in.size(); ++i)
    if (traffic_->in[i].frame.size() > configuration.packet_size)
      configuration.diagnostics.error(
          configuration.where,
          fmt::format("packet {} of the test has {} bytes, more than a buffer of {} holds", i + 1,
                      traffic_->in[i].frame.size(), configuration.packet_size),
          "raise packet_size in [pipeline]");
}

PortProperties TestPort::properties() const {
  PortProperties properties;
  properties.can_wait = true;
  return properties;
}

void TestPort::attach_rx(std::uint16_t /*queue*/, const QueueContext& context) {
  receive_ = context;
  traffic_->clock = context.clock;
}

void TestPort::attach_tx(std::uint16_t /*queue*/, const QueueContext& context) {
  transmit_ = context;
}

std::uint32_t TestPort::rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept {
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

bool TestPort::exhausted(std::uint16_t /*queue*/) const noexcept {
  return next_ == traffic_->in.size();
}

Nanoseconds TestPort::next_due(std::uint16_t /*queue*/) const noexcept {
  return next_ < traffic_->in.size() ? traffic_->in[next_].at : std::numeric_limits<Nanoseconds>::max();
}

std::uint32_t TestPort::tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept {
  for (const Packet* packet : packets) {
    const auto bytes = bytes_of(*packet);
    traffic_->out.push_back(
        {Bytes(bytes.begin(), bytes.end()), packet->wire_length(), transmit_.clock->now()});
  }
  transmit_.pool->free(packets);
  return static_cast<std::uint32_t>(packets.size());
}

namespace {

/// Takes everything that `port` has, through a pool of its own.
Result<std::vector<TestTraffic::Packet>> drain(Port& port) {
  constexpr std::size_t kMostPackets = 1'000'000;
  constexpr std::uint32_t kBuffers = kMaxBatch;
  BufferLayout layout;
  layout.data_room = 65'536;
  auto memory = DmaMemory::allocate(layout.bytes(kBuffers), Pages::small, -1);
  if (!memory) return std::unexpected(memory.error());
  auto pool = Mempool::create(*memory, kBuffers, layout, 0);
  if (!pool) return std::unexpected(pool.error());
  Clock clock(Clock::Kind::simulated);
  port.attach_rx(0, {pool->get(), &clock, 0});
  std::vector<TestTraffic::Packet> packets;
  std::array<Packet*, kMaxBatch> burst;
  while (!port.exhausted(0) && packets.size() < kMostPackets) {
    const std::uint32_t count = port.rx(0, burst);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto bytes = bytes_of(*burst[i]);
      packets.push_back({Bytes(bytes.begin(), bytes.end()), burst[i]->wire_length(), 0});
    }
    (*pool)->free(std::span<Packet* const>(burst.data(), count));
    if (count == 0 && !port.exhausted(0)) break;
  }
  port.detach_rx(0);
  return packets;
}

}  // namespace

Result<std::vector<TestTraffic::Packet>> read_capture(const std::string& path) {
  const PortSpec* spec = PortRegistry::instance().find("pcap");
  if (spec == nullptr)
    return fail(ExitCode::configuration, "there is no port driver 'pcap' to read captures with");
  const auto port = spec->create();
  const Value::Table parameters{{"read", {}, Value(Value::Data(path))}};
  Diagnostics diagnostics;
  PortConfiguration configuration{diagnostics, parameters, {}, fmt::format("capture '{}'", path)};
  configuration.packet_size = 65'536;
  configuration.used_to_receive = true;
  if (apply_parameters(port.get(), parameters, spec->parameters, {}, configuration.owner, {}, diagnostics))
    port->configure(configuration);
  if (!diagnostics.ok()) return fail(ExitCode::configuration, diagnostics.sorted().front().text);
  if (auto opened = port->open(); !opened) return std::unexpected(opened.error());
  auto packets = drain(*port);
  if (auto closed = port->close(); !closed) return std::unexpected(closed.error());
  return packets;
}

}  // namespace ixyflow::tools
