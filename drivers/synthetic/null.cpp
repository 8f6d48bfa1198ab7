#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/cache_line.hpp"
#include "core/device/port_registry.hpp"

namespace ixyflow::drivers {

/// An endless source and a bottomless sink that do not look at the packets' bytes. What is left is the cost
/// of the framework itself, which is why the benchmarks stand on it. Only where somebody may get to see the
/// bytes they are written, because buffers hold what they held before: frames of other ports.
class NullPort final : public Port {
 public:
  static void describe(PortSpecOf<NullPort>& spec) {
    spec.doc(
        "For measuring: hands out buffers without writing their data, whose bytes are therefore anything, "
        "and frees what it is given. In a pipeline that sends to a port of another driver the bytes are zeros. "
        "Waits for whoever takes its packets. Queues, of which it has up to 64 in each direction, share "
        "`count` evenly.");
    spec.param("count", &NullPort::count_, "packets to hand out, on all queues together; 0: without end");
    spec.param("size", &NullPort::size_, "length of each frame in bytes, without FCS").range(14, 65535);
    spec.param("node", &NullPort::node_, "NUMA node that it pretends to be on; -1: near to everything")
        .range(-1, 1023);
  }

  void configure(PortConfiguration& configuration) override {
    clears_ = configuration.used_with_others;
    if (configuration.packet_size == 0 || size_ <= configuration.packet_size) return;
    const Value::Entry* size = find(configuration.parameters, "size");
    configuration.diagnostics.error(size != nullptr ? size->value.where() : configuration.where,
                                    "'size' of " + configuration.owner + " is " + std::to_string(size_) +
                                        ", but packets have room for " +
                                        std::to_string(configuration.packet_size),
                                    "raise packet_size in [pipeline]");
  }

  [[nodiscard]] PortProperties properties() const override {
    PortProperties properties;
    properties.receive_queues = kMaxQueues;
    properties.transmit_queues = kMaxQueues;
    properties.can_wait = true;
    properties.node = node_;
    return properties;
  }

  void use_queues(std::uint16_t receive, std::uint16_t transmit) override {
    receive_.resize(receive);
    transmit_.resize(transmit);
  }
  void attach_rx(std::uint16_t queue, const QueueContext& context) override {
    const std::uint64_t queues = receive_.size();
    const std::uint64_t share = count_ / queues + (queue < count_ % queues ? 1 : 0);
    receive_[queue] = {.metadata = FreshMetadata(*context.pool, context.port_index),
                       .context = context,
                       .left = count_ == 0 ? kEndless : share};
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    transmit_[queue].pool = context.pool;
  }

  std::uint32_t rx(std::uint16_t queue, std::span<Packet*> packets) noexcept override {
    Receive& receive = receive_[queue];
    if (receive.left != kEndless)
      packets = packets.first(std::min<std::uint64_t>(packets.size(), receive.left));
    const std::span<Packet* const> fresh =
        receive.context.pool->take(static_cast<std::uint32_t>(packets.size()));
    // Copies, which no write to a packet can change, stay in registers.
    const Nanoseconds now = receive.context.clock->now();
    const std::uint32_t size = size_;
    const FreshMetadata metadata = receive.metadata;
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      Packet* const packet = fresh[i];
      metadata.write(*packet, now, size);
      packets[i] = packet;
    }
    if (clears_) [[unlikely]]
      for (Packet* packet : packets.first(fresh.size())) std::memset(packet->data(), 0, size);
    if (receive.left != kEndless) receive.left -= fresh.size();
    return static_cast<std::uint32_t>(fresh.size());
  }
  [[nodiscard]] bool exhausted(std::uint16_t queue) const noexcept override {
    return receive_[queue].left == 0;
  }
  [[nodiscard]] Nanoseconds next_due(std::uint16_t queue) const noexcept override {
    return exhausted(queue) ? std::numeric_limits<Nanoseconds>::max() : 0;
  }

  std::uint32_t tx(std::uint16_t queue, std::span<Packet* const> packets) noexcept override {
    transmit_[queue].pool->free(packets);
    return static_cast<std::uint32_t>(packets.size());
  }

 private:
  static constexpr std::uint16_t kMaxQueues = 64;
  static constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

  // Queues may be on different cores: none shares a cache line with another one.
  struct alignas(kCacheLine) Receive {
    FreshMetadata metadata;
    QueueContext context;
    std::uint64_t left = kEndless;
  };
  struct alignas(kCacheLine) Transmit {
    Mempool* pool = nullptr;
  };

  std::uint64_t count_ = 0;
  std::uint32_t size_ = 64;
  bool clears_ = false;  ///< frames are zeros
  int node_ = -1;
  std::vector<Receive> receive_{1};
  std::vector<Transmit> transmit_{1};
};

IXYFLOW_PORT(NullPort, "null");

}  // namespace ixyflow::drivers
