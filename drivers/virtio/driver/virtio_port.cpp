#include "drivers/virtio/driver/virtio_port.hpp"

#include <algorithm>
#include <thread>

#include "drivers/bus/open/open_function.hpp"
#include "drivers/virtio/transport/pci_transport.hpp"
#include "drivers/virtio/transport/vhost_user_transport.hpp"

namespace ixyflow::drivers::virtio {

using SteadyClock = std::chrono::steady_clock;

PortProperties VirtioPort::properties() const {
  PortProperties properties;
  properties.receive_queues = properties.transmit_queues = queues_;
  properties.buffers = std::max(receive_descriptors_, transmit_descriptors_);
  properties.transmit_room = std::min(transmit_descriptors_, Device::kFewestToTransmit);
  properties.longest_pause = receive_descriptors_ * kFrameTime;
  // Only a function in a PCI slot can be a legacy one, whose queues are as long as it likes.
  properties.queue_memory = Device::queue_memory(settings_, !vhost_user());
  properties.claims = {"device " + device_};
  properties.node = place_ ? place_->node : -1;
  const bool by_address =
      place_ ? place_->way == PciWay::sysfs : !vhost_user() && !device_.starts_with(kVfioUserPrefix);
  properties.addresses = by_address ? DeviceAddresses::physical : DeviceAddresses::linear;
  return properties;
}

Result<void> VirtioPort::survey() {
  if (vhost_user()) return {};
  auto place = locate(device_);
  if (!place) return std::unexpected(place.error());
  place_ = std::move(*place);
  return {};
}

Result<std::unique_ptr<Transport>> VirtioPort::open_transport() const {
  if (vhost_user()) return open_vhost_user_transport(device_.substr(kVhostUser.size()), {.server = server_});
  auto function = open_pci_function(device_, {.force = force_});
  if (!function) return std::unexpected(function.error());
  return open_pci_transport(std::move(*function));
}

Result<void> VirtioPort::open() {
  auto transport = open_transport();
  if (!transport) return std::unexpected(transport.error());
  settings_.behind_iommu = place_ && place_->way == PciWay::vfio;
  auto device = Device::open(std::move(*transport), settings_, receive_, transmit_);
  if (!device) return std::unexpected(device.error());
  device_control_ = std::move(*device);
  recovery_ = std::make_unique<Recovery>(*device_control_, *this);
  return {};
}

Result<void> VirtioPort::start() {
  if (!device_control_->agreed()) return recovery_->begin_without(SteadyClock::now()), Result<void>();
  const auto filled = [](const auto& queue) { return queue.state.get() == QueueState::filled; };
  if (!std::ranges::all_of(receive_, filled))
    return fail(ExitCode::configuration, "the pool has too few buffers for its receive queues");
  if (auto up = device_control_->bring_up(); !up) return up;
  recovery_->begin(SteadyClock::now());
  return {};
}

void VirtioPort::await_sent() noexcept {
  const auto until = SteadyClock::now() + std::chrono::milliseconds(100);
  const auto sent = [](const TransmitQueue& queue) { return queue.all_sent(); };
  while (!std::ranges::all_of(transmit_, sent) && SteadyClock::now() < until)
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

void VirtioPort::stop() noexcept {
  if (recovery_->working()) await_sent();
  static_cast<void>(device_control_->take_down());
}

Result<void> VirtioPort::close() {
  const bool removed = recovery_ != nullptr && recovery_->removed();
  recovery_.reset();
  device_control_.reset();
  if (removed) return fail(ExitCode::unavailable, "the device was removed while it was in use");
  return {};
}

}  // namespace ixyflow::drivers::virtio
