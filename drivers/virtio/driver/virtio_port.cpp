#include "drivers/virtio/driver/virtio_port.hpp"

#include <algorithm>
#include <chrono>

#include "core/base/steady_clock.hpp"
#include "drivers/bus/open/open_function.hpp"
#include "drivers/virtio/transport/pci_transport.hpp"
#include "drivers/virtio/transport/vhost_user_transport.hpp"

namespace ixyflow::drivers::virtio {

PortProperties VirtioPort::properties() const {
  PortProperties properties = common_properties();
  properties.receive_queues = properties.transmit_queues = queues_;
  properties.dealing = QueueDealing::by_rss_key;
  properties.rss_key = rss_key_;
  properties.transmit_room = std::min(transmit_descriptors_, Device::kFewestToTransmit);
  // Only a function in a PCI slot can be a legacy one, whose queues are as long as it likes.
  properties.queue_memory = Device::queue_memory(settings_, !vhost_user());
  properties.shares_memory = vhost_user() || device_.starts_with(kVfioUserPrefix);
  const bool by_address = place_ ? place_->way == PciWay::sysfs : !properties.shares_memory;
  properties.addresses = by_address ? DeviceAddresses::physical : DeviceAddresses::linear;
  return properties;
}

Result<void> VirtioPort::survey() {
  return vhost_user() ? Result<void>() : locate_device();
}

Result<std::unique_ptr<Transport>> VirtioPort::open_transport() const {
  if (vhost_user())
    return open_vhost_user_transport(
        device_.substr(kVhostUser.size()),
        {.server = server_, .rights = {mode_, owner_, group_}, .peer_user = peer_user_});
  auto function = open_pci_function(
      device_, {.driver = "virtio", .past_iommu = true, .peer_user = peer_user_, .force = force_});
  if (!function) return std::unexpected(function.error());
  return open_pci_transport(std::move(*function));
}

void VirtioPort::tell_of_iommu() {
  if (!place_ || place_->way == PciWay::vfio_user) return;
  settings_.address = place_->address;
  if (place_->way == PciWay::vfio)
    settings_.iommu = Iommu::relied_on;
  else if (place_->translated)
    settings_.iommu = Iommu::passed_by;
}

Result<void> VirtioPort::open() {
  const TimeBudget budget(kStartBudget);
  auto transport = open_transport();
  if (!transport) return std::unexpected(transport.error());
  tell_of_iommu();
  auto device = Device::open(std::move(*transport), settings_, receive_, transmit_);
  if (!device) return std::unexpected(device.error());
  device_control_ = std::move(*device);
  recovery_ = std::make_unique<Recovery>(*device_control_, *this);
  return {};
}

PortFacts VirtioPort::facts() const {
  if (device_control_ == nullptr) return {.address = {}, .mtu = {}, .link = false};
  const Agreement& agreement = device_control_->agreement();
  return {.address = agreement.address, .mtu = agreement.mtu, .link = recovery_->link_up()};
}

Rights VirtioPort::needs() const {
  if (!vhost_user()) return NicPort::needs();
  const std::string socket = device_.substr(kVhostUser.size());
  return server_ ? Rights{.removes = {socket}} : Rights{.meets = {socket}};
}

Result<void> VirtioPort::start() {
  if (!device_control_->agreed()) {
    recovery_->begin_without(SteadyClock::now());
    return {};
  }
  const TimeBudget budget(kStartBudget);
  if (auto filled = check_filled(); !filled) return filled;
  if (auto up = device_control_->bring_up(); !up) return up;
  recovery_->begin(SteadyClock::now());
  return {};
}

void VirtioPort::stop() noexcept {
  const TimeBudget budget(kFarewellBudget);
  conversation_.finish(!recovery_->working());
  if (recovery_->working()) await_sent([](const TransmitQueue& queue) { return queue.all_sent(); });
  static_cast<void>(device_control_->take_down());
}

Result<void> VirtioPort::close() {
  const TimeBudget budget(kFarewellBudget);
  conversation_.finish(true);
  const bool removed = recovery_ != nullptr && recovery_->removed();
  recovery_.reset();
  device_control_.reset();
  if (removed) return fail(ExitCode::unavailable, "the device was removed while it was in use");
  return {};
}

}  // namespace ixyflow::drivers::virtio
