#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/device/port_registry.hpp"
#include "drivers/common/nic_parameters.hpp"
#include "drivers/common/nic_port.hpp"
#include "drivers/virtio/driver/device.hpp"
#include "drivers/virtio/driver/recovery.hpp"

namespace ixyflow::drivers::virtio {

/// A virtio network device. How it is driven stands in drivers/virtio; this is what a pipeline sees of it.
class VirtioPort final : public NicPort<ReceiveQueue, TransmitQueue, Recovery>, public DeviceCounters {
 public:
  static void describe(PortSpecOf<VirtioPort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  Result<void> survey() override;
  void use_queues(std::uint16_t receive, std::uint16_t transmit) override {
    receive_.resize(settings_.receive_queues = receive);
    transmit_.resize(settings_.transmit_queues = transmit);
  }
  void use_rss_key(RssKey key) override { settings_.rss_key = key; }
  Result<void> open() override;
  Result<void> use_memory(std::span<const DmaMemory* const> all, DmaMemory& own) override {
    const TimeBudget budget(kStartBudget);
    return device_control_->use_memory(all, own);
  }

  void attach_rx(std::uint16_t queue, const QueueContext& context) override {
    receive_[queue].attach(context);
    if (device_control_->agreed()) static_cast<void>(receive_[queue].fill());
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    transmit_[queue].attach(context);
    if (device_control_->agreed()) transmit_[queue].fill();
  }

  Result<void> start() override;
  [[nodiscard]] PortFacts facts() const override;
  [[nodiscard]] Rights needs() const override;
  void stop() noexcept override;
  Result<void> close() override;

 private:
  static constexpr std::string_view kVhostUser = "vhost-user:";

  static void describe_parameters(PortSpecOf<VirtioPort>& spec);
  static void describe_socket(PortSpecOf<VirtioPort>& spec);
  static void describe_counters(PortSpecOf<VirtioPort>& spec);
  void check_socket(const NicParameters& parameters) const;
  [[nodiscard]] bool vhost_user() const noexcept { return device_.starts_with(kVhostUser); }
  Result<std::unique_ptr<Transport>> open_transport() const;
  void tell_of_iommu();

  bool server_ = false;
  std::string mode_;
  std::string owner_;
  std::string group_;
  std::uint16_t queues_ = 1;
  RingChoice ring_ = RingChoice::automatic;
  bool mergeable_ = false;
  std::vector<std::uint16_t> vlans_;

  Settings settings_;
  std::unique_ptr<Device> device_control_;  ///< the device itself; `device_` is its name in the file
};

}  // namespace ixyflow::drivers::virtio
