#include "tools/ixyflow/test/capture.hpp"

#include <fmt/format.h>

#include <array>

#include "core/device/port_registry.hpp"
#include "core/packet/batch.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow::tools {

namespace {

/// Takes everything that `port` has, through a pool of its own.
Result<std::vector<PortTraffic::Packet>> drain(Port& port) {
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
  std::vector<PortTraffic::Packet> packets;
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

Result<std::vector<PortTraffic::Packet>> read_capture(const std::string& path) {
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
