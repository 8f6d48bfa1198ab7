#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device/port_registry.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/virtio/driver/device.hpp"
#include "drivers/virtio/driver/recovery.hpp"

namespace ixyflow::drivers::virtio {

/// A virtio network device. How it is driven stands in drivers/virtio; this is what a pipeline sees of it.
class VirtioPort final : public Port, public DeviceCounters {
 public:
  static void describe(PortSpecOf<VirtioPort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  Result<void> survey() override;
  void use_queues(std::uint16_t receive, std::uint16_t transmit) override {
    receive_.resize(settings_.receive_queues = receive);
    transmit_.resize(settings_.transmit_queues = transmit);
  }
  Result<void> open() override;
  Result<void> use_memory(std::span<const DmaMemory* const> all, DmaMemory& own) override {
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
  static constexpr std::string_view kVhostUser = "vhost-user:";
  static constexpr std::size_t kMostAddresses = 127;
  static constexpr Nanoseconds kFrameTime = 67;  ///< of the shortest at 10 Gbit/s; there is no wire

  static void describe_parameters(PortSpecOf<VirtioPort>& spec);
  static void describe_counters(PortSpecOf<VirtioPort>& spec);
  [[nodiscard]] bool vhost_user() const noexcept { return device_.starts_with(kVhostUser); }
  Result<std::unique_ptr<Transport>> open_transport() const;
  /// Until everything that was given to the device has left, a tenth of a second at most.
  void await_sent() noexcept;

  std::string device_;
  bool server_ = false;
  std::uint16_t queues_ = 1;
  std::uint32_t receive_descriptors_ = 256;
  std::uint32_t transmit_descriptors_ = 256;
  RingChoice ring_ = RingChoice::automatic;
  bool mergeable_ = false;
  std::vector<EtherAddress> addresses_;
  std::vector<std::uint16_t> vlans_;
  bool promiscuous_ = true;
  bool multicast_ = true;
  bool receive_checksums_ = false;
  bool transmit_checksums_ = false;
  bool force_ = false;

  Settings settings_;
  std::optional<PciPlace> place_;
  std::deque<ReceiveQueue> receive_;
  std::deque<TransmitQueue> transmit_;
  std::unique_ptr<Device> device_control_;
  std::unique_ptr<Recovery> recovery_;
};

}  // namespace ixyflow::drivers::virtio
