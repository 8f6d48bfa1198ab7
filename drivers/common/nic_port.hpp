#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/device/port.hpp"
#include "core/device/receive_limit.hpp"
#include "core/net/addresses.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/bus/queue_state.hpp"
#include "drivers/common/conversation.hpp"

namespace ixyflow::drivers {

/// What ports of network interface cards have in common, real and virtual ones: queues that workers use, a
/// state machine that looks after the device, and the parameters that every card has. The queues are the
/// port's, because their counters are asked for after the device is closed.
template <class ReceiveQueue, class TransmitQueue, class Recovery>
class NicPort : public Port {
 public:
  void detach_rx(std::uint16_t queue) noexcept override { receive_[queue].empty(); }
  void detach_tx(std::uint16_t queue) noexcept override { transmit_[queue].empty(); }

  [[nodiscard]] bool ready() const noexcept override { return recovery_->link_up(); }
  void supervise(const EventSink& event) override {
    conversation_.step(
        event, [this](const EventSink& sink) { recovery_->look(std::chrono::steady_clock::now(), sink); });
  }

  [[nodiscard]] Rights needs() const override { return place_ ? needs_of(*place_) : Rights(); }

  std::uint32_t rx(std::uint16_t queue, std::span<Packet*> packets) noexcept override {
    if (count_ == 0) [[likely]]
      return receive_[queue].receive(packets);
    return limit_.receive(count_, packets,
                          [&](std::span<Packet*> some) { return receive_[queue].receive(some); });
  }
  [[nodiscard]] bool exhausted(std::uint16_t /*queue*/) const noexcept override {
    return limit_.reached(count_);
  }
  std::uint32_t tx(std::uint16_t queue, std::span<Packet* const> packets) noexcept override {
    return transmit_[queue].transmit(packets);
  }
  [[nodiscard]] std::uint32_t tx_room(std::uint16_t queue) noexcept override {
    return transmit_[queue].room();
  }

 protected:
  /// What follows from the parameters and from where the device is.
  [[nodiscard]] PortProperties common_properties() const {
    constexpr Nanoseconds kFrameTime = 67;  // of the shortest with all around it at 10 Gbit/s
    PortProperties properties;
    properties.buffers = std::max(receive_descriptors_, transmit_descriptors_);
    properties.longest_pause = receive_descriptors_ * kFrameTime;
    properties.claims = {"device " + device_};
    properties.from_others = true;
    properties.node = place_ ? place_->node : -1;
    return properties;
  }
  /// Looks where the device is.
  Result<void> locate_device() {
    auto place = locate(device_);
    if (!place) return std::unexpected(place.error());
    place_ = std::move(*place);
    return {};
  }
  /// Whether all receive queues have their buffers. Error (configuration).
  [[nodiscard]] Result<void> check_filled() const {
    const auto filled = [](const ReceiveQueue& queue) { return queue.state.get() == QueueState::filled; };
    if (std::ranges::all_of(receive_, filled)) return {};
    return fail(ExitCode::configuration, "the pool has too few buffers for its receive queues");
  }
  /// Until `sent` says of all transmit queues that what they were given has left, a tenth of a second at
  /// most.
  template <class Sent>
  void await_sent(const Sent& sent) const noexcept {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    while (!std::ranges::all_of(transmit_, sent) && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }

  // Parameters.
  std::string device_;
  std::string peer_user_;
  std::uint32_t receive_descriptors_ = 256;
  std::uint32_t transmit_descriptors_ = 256;
  std::vector<EtherAddress> addresses_;
  bool promiscuous_ = true;
  bool multicast_ = true;
  bool receive_checksums_ = false;
  bool transmit_checksums_ = false;
  bool force_ = false;
  std::uint64_t count_ = 0;
  std::optional<RssKey> rss_key_;

  ReceiveLimit limit_;
  std::optional<PciPlace> place_;
  std::deque<ReceiveQueue> receive_;
  std::deque<TransmitQueue> transmit_;
  std::unique_ptr<Recovery> recovery_;
  Conversation conversation_;  ///< last, because a look that is under way uses all of the above
};

}  // namespace ixyflow::drivers
