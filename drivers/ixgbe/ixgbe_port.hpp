#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/device/port_registry.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/ixgbe/card.hpp"
#include "drivers/ixgbe/recovery.hpp"

namespace ixyflow::drivers::ixgbe {

/// A port of an Intel 82599, X540 or X550. What the hardware does stands in drivers/ixgbe; this is what a
/// pipeline sees of it.
class IxgbePort final : public Port, public CardCounters {
 public:
  static void describe(PortSpecOf<IxgbePort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  Result<void> survey() override;
  void use_queues(std::uint16_t receive, std::uint16_t transmit) override {
    receive_.resize(settings_.receive_queues = receive);
    transmit_.resize(settings_.transmit_queues = transmit);
  }
  Result<void> open() override;
  Result<void> use_memory(std::span<const DmaMemory* const> all, DmaMemory& own) override {
    return card_->use_memory(all, own);
  }

  void attach_rx(std::uint16_t queue, const QueueContext& context) override {
    static_cast<void>(receive_[queue].attach(context));
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    transmit_[queue].attach(context);
  }
  void detach_rx(std::uint16_t queue) noexcept override { receive_[queue].empty(); }
  void detach_tx(std::uint16_t queue) noexcept override { transmit_[queue].empty(); }

  Result<void> start() override;
  [[nodiscard]] bool ready() const noexcept override { return recovery_->link_up(); }
  void supervise(const EventSink& event) override {
    recovery_->look(std::chrono::steady_clock::now(), event);
  }
  void stop() noexcept override;
  Result<void> close() override;

  std::uint32_t rx(std::uint16_t queue, std::span<Packet*> packets) noexcept override {
    return receive_[queue].receive(packets);
  }
  std::uint32_t tx(std::uint16_t queue, std::span<Packet* const> packets) noexcept override {
    return transmit_[queue].transmit(packets);
  }
  [[nodiscard]] std::uint32_t tx_room(std::uint16_t queue) noexcept override {
    return transmit_[queue].room();
  }

 private:
  static constexpr std::uint16_t kMaxQueues = 16;  ///< 7.1.2.8: RSS knows 16
  static constexpr std::size_t kMostAddresses = 127;
  static constexpr Nanoseconds kFrameTime = 67;  ///< a shortest frame with all around it at 10 Gbit/s

  static void describe_parameters(PortSpecOf<IxgbePort>& spec);
  static void describe_counters(PortSpecOf<IxgbePort>& spec);
  /// Until everything that was given to the card has left, a tenth of a second at most.
  void await_sent() noexcept;

  std::string device_;
  std::uint32_t receive_descriptors_ = 256;
  std::uint32_t transmit_descriptors_ = 256;
  std::vector<EtherAddress> addresses_;
  bool promiscuous_ = true;
  bool multicast_ = true;
  bool vlan_strip_ = false;
  bool vlan_insert_ = false;
  bool flow_control_ = false;
  bool receive_checksums_ = false;
  bool transmit_checksums_ = false;
  bool force_ = false;

  Settings settings_;
  QueueSettings queue_settings_;
  std::optional<PciPlace> place_;
  std::deque<ReceiveQueue> receive_;
  std::deque<TransmitQueue> transmit_;
  std::unique_ptr<Card> card_;
  std::unique_ptr<Recovery> recovery_;
};

}  // namespace ixyflow::drivers::ixgbe
