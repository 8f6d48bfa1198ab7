#include <algorithm>
#include <memory>
#include <optional>

#include "core/device/port_registry.hpp"
#include "tools/bench/drivers/trivial_card.hpp"

namespace ixyflow::bench {

/// A port with the packet path of the ixgbe driver on a card that only completes descriptors: what a pipeline
/// between real cards costs on the core that runs it, and what the card's part in it costs beside.
class LoopedIxgbe final : public Port {
 public:
  static void describe(PortSpecOf<LoopedIxgbe>& spec) {
    spec.doc("For measuring: the ixgbe driver, and a card that is part of the same thread.");
    spec.param("count", &LoopedIxgbe::count_, "frames of 64 bytes to receive; 0: without end");
  }

  [[nodiscard]] PortProperties properties() const override {
    PortProperties properties;
    properties.addresses = DeviceAddresses::linear;
    properties.buffers = kDescriptors;
    properties.queue_memory = kQueueMemory;
    return properties;
  }
  Result<void> use_memory(std::span<const DmaMemory* const> /*all*/, DmaMemory& own) override {
    card_ = std::make_unique<TrivialCard>(own, kDescriptors, 2048);
    return {};
  }
  void attach_rx(std::uint16_t /*queue*/, const QueueContext& context) override {
    static_cast<void>(card_->start(context));
  }
  void detach_rx(std::uint16_t /*queue*/) noexcept override {
    card_->receive.empty();
    card_->transmit.empty();
  }

  std::uint32_t rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept override {
    if (count_ != 0) packets = packets.first(std::min<std::size_t>(packets.size(), count_ - received_));
    card_->work(static_cast<std::uint32_t>(packets.size()));
    const std::uint32_t count = card_->receive.receive(packets);
    received_ += count;
    return count;
  }
  [[nodiscard]] bool exhausted(std::uint16_t /*queue*/) const noexcept override {
    return count_ != 0 && received_ >= count_;
  }
  std::uint32_t tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept override {
    return card_->transmit.transmit(packets);
  }

 private:
  static constexpr std::uint32_t kDescriptors = 256;
  static constexpr std::size_t kQueueMemory = 16 * 1024;

  std::uint64_t count_ = 0;
  std::uint64_t received_ = 0;
  std::unique_ptr<TrivialCard> card_;
};

IXYFLOW_PORT(LoopedIxgbe, "looped_ixgbe");

}  // namespace ixyflow::bench
