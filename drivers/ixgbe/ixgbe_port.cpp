#include "drivers/ixgbe/ixgbe_port.hpp"

#include <chrono>

#include "core/net/headers.hpp"

namespace ixyflow::drivers::ixgbe {

PortProperties IxgbePort::properties() const {
  PortProperties properties = common_properties();
  properties.receive_queues = properties.transmit_queues = kMaxQueues;
  properties.dealing = QueueDealing::by_rss_key;
  properties.rss_key = rss_key_;
  properties.queue_memory = Card::queue_memory(queue_settings_);
  // With offloads a packet may need a second descriptor.
  properties.transmit_room = (transmit_descriptors_ - 1) / (queue_settings_.transmit_offloads.any() ? 2 : 1);
  properties.shares_memory = device_.starts_with(kVfioUserPrefix);
  const bool by_address = place_ ? place_->way == PciWay::sysfs : !properties.shares_memory;
  properties.addresses = by_address ? DeviceAddresses::physical : DeviceAddresses::linear;
  return properties;
}

Result<void> IxgbePort::open() {
  const TimeBudget budget(kStartBudget);
  queue_settings_.receive_offloads = receive_checksums_ || vlan_strip_;
  auto card = Card::open(device_, {.driver = "ixgbe", .peer_user = peer_user_, .force = force_}, settings_,
                         queue_settings_, receive_, transmit_);
  if (!card) return std::unexpected(card.error());
  card_ = std::move(*card);
  recovery_ = std::make_unique<Recovery>(*card_, *this);
  return {};
}

PortFacts IxgbePort::facts() const {
  if (card_ == nullptr) return {.address = {}, .mtu = {}, .link = false};
  return {.address = card_->device().address(),
          .mtu = settings_.longest - static_cast<std::uint32_t>(sizeof(EtherHeader)),
          .link = recovery_->link_up()};
}

Result<void> IxgbePort::start() {
  const TimeBudget budget(kStartBudget);
  if (auto filled = check_filled(); !filled) return filled;
  if (auto up = card_->bring_up(); !up) return up;
  recovery_->begin(std::chrono::steady_clock::now());
  return {};
}

void IxgbePort::stop() noexcept {
  const TimeBudget budget(kFarewellBudget);
  conversation_.finish(!recovery_->working());
  // Without a link nothing leaves, however long one waits.
  const auto sent = [this](const TransmitQueue& queue) {
    return !recovery_->link_up() || queue.given() % queue.ring().size() == queue.head();
  };
  if (recovery_->working()) await_sent(sent);
  read(card_->device(), settings_.receive_queues);
  static_cast<void>(card_->take_down());
}

Result<void> IxgbePort::close() {
  const TimeBudget budget(kFarewellBudget);
  conversation_.finish(true);
  const bool removed = recovery_ != nullptr && recovery_->removed();
  recovery_.reset();
  card_.reset();
  if (removed) return fail(ExitCode::unavailable, "the card was removed while it was in use");
  return {};
}

}  // namespace ixyflow::drivers::ixgbe
