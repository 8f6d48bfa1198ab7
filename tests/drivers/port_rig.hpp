#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/device/port_registry.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/mempool.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ixyflow::test {

struct RigOptions {
  Clock::Kind clock = Clock::Kind::simulated;
  std::uint32_t buffers = 256;
  std::uint32_t packet_size = 2048;
  std::uint16_t queues = 1;  ///< in each direction
  bool with_others = false;  ///< packets leave by a port of another driver
  std::shared_ptr<PlaybackClock> playback = nullptr;
};

/// A port in the hands of a test, as a pipeline would hold it: made by name from parameters, configured,
/// opened, attached to a pool and a clock. At its end the port is closed and every buffer must be home.
class PortRig {
 public:
  using Parameters = std::vector<std::pair<std::string, Value::Data>>;

  explicit PortRig(const std::string& driver, Parameters parameters = {}, RigOptions options = {})
      : clock(options.clock), spec(PortRegistry::instance().find(driver)), queues(options.queues) {
    REQUIRE(spec != nullptr);
    for (auto& [key, data] : parameters) table.push_back({key, {1, 1, 1}, Value(std::move(data), {1, 8, 1})});
    port = spec->create();
    const std::string owner = "port 'p' (driver " + driver + ")";
    apply_parameters(port.get(), table, spec->parameters, {}, owner, {1, 1, 1}, diagnostics);
    PortConfiguration configuration{.diagnostics = diagnostics,
                                    .parameters = table,
                                    .where = {1, 1, 1},
                                    .owner = owner,
                                    .seed = 1,
                                    .packet_size = options.packet_size,
                                    .used_with_others = options.with_others,
                                    .playback = options.playback};
    if (diagnostics.ok()) port->configure(configuration);
    BufferLayout layout;
    layout.data_room = options.packet_size;
    auto allocated = DmaMemory::allocate(layout.bytes(options.buffers), Pages::small, -1);
    REQUIRE(allocated);
    memory = std::make_unique<DmaMemory>(std::move(*allocated));
    auto created = Mempool::create(*memory, options.buffers, layout, 0);
    REQUIRE(created);
    pool = std::move(*created);
  }

  ~PortRig() {
    close();
    CHECK(pool->available() == pool->size());
  }

  Result<void> open() {
    if (!diagnostics.ok()) return fail(ExitCode::configuration, diagnostics.render());
    port->use_queues(queues, queues);
    const Result<void> opened = port->open();
    if (!opened) return opened;
    for (std::uint16_t queue = 0; queue < queues; ++queue) {
      port->attach_rx(queue, {pool.get(), &clock, 7});
      port->attach_tx(queue, {pool.get(), &clock, 7});
    }
    attached = true;
    return opened;
  }
  void must_open() {
    const Result<void> opened = open();
    INFO((opened ? "" : opened.error().text));
    REQUIRE(opened);
  }

  /// Up to `burst` packets; the caller frees them.
  std::vector<Packet*> receive(std::uint32_t burst = 32, std::uint16_t queue = 0) {
    std::vector<Packet*> packets(burst);
    packets.resize(port->rx(queue, packets));
    return packets;
  }
  void give_back(const std::vector<Packet*>& packets) { pool->free(packets); }
  /// Receives and frees until the port has no more, or gives nothing now.
  std::uint64_t drain(std::uint32_t burst = 32) {
    std::uint64_t count = 0;
    while (!port->exhausted(0)) {
      const auto packets = receive(burst);
      give_back(packets);
      count += packets.size();
      if (packets.empty()) break;
    }
    return count;
  }
  /// Sends a frame of `bytes`.
  void send(const std::vector<std::uint8_t>& bytes, Nanoseconds timestamp = 0,
            std::uint32_t wire_length = 0) {
    Packet* packet = nullptr;
    REQUIRE(pool->allocate(std::span(&packet, 1)) == 1);
    REQUIRE(bytes.size() <= packet->tailroom());
    std::copy(bytes.begin(), bytes.end(), packet->data());
    packet->set_length(static_cast<std::uint32_t>(bytes.size()),
                       wire_length != 0 ? wire_length : static_cast<std::uint32_t>(bytes.size()));
    packet->timestamp = timestamp;
    REQUIRE(port->tx(0, std::span<Packet* const>(&packet, 1)) == 1);
  }

  Result<void> close() {
    if (closed) return {};
    closed = true;
    for (std::uint16_t queue = 0; attached && queue < queues; ++queue) {
      port->detach_rx(queue);
      port->detach_tx(queue);
    }
    return port->close();
  }

  std::uint64_t counter(const std::string& name) const {
    for (const PortCounterSpec& candidate : spec->counters)
      if (candidate.name == name) return candidate.value(*port, 0);
    FAIL("no counter " << name);
    return 0;
  }

  Clock clock;
  const PortSpec* spec;
  std::uint16_t queues;
  Value::Table table;
  Diagnostics diagnostics;
  std::unique_ptr<Port> port;
  std::unique_ptr<DmaMemory> memory;
  std::unique_ptr<Mempool> pool;
  bool attached = false;
  bool closed = false;
};

}  // namespace ixyflow::test
