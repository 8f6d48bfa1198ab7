#include "drivers/ixgbe/ixgbe_port.hpp"

#include <algorithm>
#include <thread>

namespace ixyflow::drivers::ixgbe {

using SteadyClock = std::chrono::steady_clock;

PortProperties IxgbePort::properties() const {
  PortProperties properties;
  properties.receive_queues = properties.transmit_queues = kMaxQueues;
  properties.buffers = std::max(receive_descriptors_, transmit_descriptors_);
  properties.queue_memory = Card::queue_memory(queue_settings_);
  // With offloads a packet may need a second descriptor.
  properties.transmit_room = (transmit_descriptors_ - 1) / (queue_settings_.transmit_offloads.any() ? 2 : 1);
  properties.longest_pause = receive_descriptors_ * kFrameTime;
  properties.claims = {"device " + device_};
  properties.node = place_ ? place_->node : -1;
  const bool by_address = place_ ? place_->way == PciWay::sysfs : !device_.starts_with(kVfioUserPrefix);
  properties.addresses = by_address ? DeviceAddresses::physical : DeviceAddresses::linear;
  return properties;
}

Result<void> IxgbePort::survey() {
  auto place = locate(device_);
  if (!place) return std::unexpected(place.error());
  place_ = std::move(*place);
  return {};
}

Result<void> IxgbePort::open() {
  // Only who has several queues gains by the card's hash: the software one need not be computed.
  queue_settings_.receive_offloads = receive_checksums_ || vlan_strip_ || settings_.receive_queues > 1;
  auto card = Card::open(device_, {.force = force_}, settings_, queue_settings_, receive_, transmit_);
  if (!card) return std::unexpected(card.error());
  card_ = std::move(*card);
  recovery_ = std::make_unique<Recovery>(*card_, *this);
  return {};
}

Result<void> IxgbePort::start() {
  const auto filled = [](const auto& queue) { return queue.state.get() == QueueState::filled; };
  if (!std::ranges::all_of(receive_, filled))
    return fail(ExitCode::configuration, "the pool has too few buffers for its receive queues");
  if (auto up = card_->bring_up(); !up) return up;
  recovery_->begin(SteadyClock::now());
  return {};
}

void IxgbePort::await_sent() noexcept {
  const auto until = SteadyClock::now() + std::chrono::milliseconds(100);
  const auto sent = [](const TransmitQueue& queue) {
    return queue.given() % queue.ring().size() == queue.head();
  };
  while (recovery_->link_up() && !std::ranges::all_of(transmit_, sent) && SteadyClock::now() < until)
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

void IxgbePort::stop() noexcept {
  if (recovery_->working()) await_sent();
  read(card_->device(), settings_.receive_queues);
  static_cast<void>(card_->take_down());
}

Result<void> IxgbePort::close() {
  const bool removed = recovery_ != nullptr && recovery_->removed();
  recovery_.reset();
  card_.reset();
  if (removed) return fail(ExitCode::unavailable, "the card was removed while it was in use");
  return {};
}

}  // namespace ixyflow::drivers::ixgbe
