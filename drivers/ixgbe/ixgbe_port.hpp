#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/device/port_registry.hpp"
#include "drivers/common/nic_port.hpp"
#include "drivers/ixgbe/card.hpp"
#include "drivers/ixgbe/recovery.hpp"

namespace ixyflow::drivers::ixgbe {

/// A port of an Intel 82599, X540 or X550. What the hardware does stands in drivers/ixgbe; this is what a
/// pipeline sees of it.
class IxgbePort final : public NicPort<ReceiveQueue, TransmitQueue, Recovery>, public CardCounters {
 public:
  static void describe(PortSpecOf<IxgbePort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  Result<void> survey() override { return locate_device(); }
  void use_queues(std::uint16_t receive, std::uint16_t transmit) override {
    receive_.resize(settings_.receive_queues = receive);
    transmit_.resize(settings_.transmit_queues = transmit);
  }
  void use_rss_key(RssKey key) override { settings_.rss_key = key; }
  Result<void> open() override;
  Result<void> use_memory(std::span<const DmaMemory* const> all, DmaMemory& own) override {
    const TimeBudget budget(kStartBudget);
    return card_->use_memory(all, own);
  }

  void attach_rx(std::uint16_t queue, const QueueContext& context) override {
    static_cast<void>(receive_[queue].attach(context));
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    transmit_[queue].attach(context);
  }

  Result<void> start() override;
  [[nodiscard]] PortFacts facts() const override;
  void stop() noexcept override;
  Result<void> close() override;

 private:
  static constexpr std::uint16_t kMaxQueues = 16;  ///< 7.1.2.8: RSS knows 16

  static void describe_parameters(PortSpecOf<IxgbePort>& spec);
  static void describe_counters(PortSpecOf<IxgbePort>& spec);

  bool vlan_strip_ = false;
  bool vlan_insert_ = false;
  bool flow_control_ = false;

  Settings settings_;
  QueueSettings queue_settings_;
  std::unique_ptr<Card> card_;
};

}  // namespace ixyflow::drivers::ixgbe
