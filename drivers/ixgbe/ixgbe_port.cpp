#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "core/device/port_registry.hpp"
#include "drivers/ixgbe/card.hpp"
#include "drivers/ixgbe/recovery.hpp"

namespace ixyflow::drivers {

using namespace ixgbe;
using SteadyClock = std::chrono::steady_clock;

/// A port of an Intel 82599, X540 or X550. What the hardware does stands in drivers/ixgbe; this is what a
/// pipeline sees of it.
class IxgbePort final : public Port, public CardCounters {
 public:
  static void describe(PortSpecOf<IxgbePort>& spec) {
    spec.doc(
        "A port of an Intel 82599 (X520), X540 or X550 network card, driven from here: no kernel module, no "
        "interrupts. Up to 16 queues in each direction; packets of a connection, both ways, come by one queue. "
        "Never waits: what nobody takes in time is lost and counted.");
    describe_parameters(spec);
    describe_counters(spec);
  }

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
  void supervise(const std::function<void(std::string_view)>& event) override {
    recovery_->look(SteadyClock::now(), event);
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
  static constexpr std::uint16_t kMaxQueues = 16;         ///< 7.1.2.8: RSS knows 16
  static constexpr std::uint32_t kLongestFrame = 15'864;  ///< 15.5 KB less FCS and a tag (7.2.3.2.2)
  static constexpr std::size_t kMostAddresses = 127;

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

void IxgbePort::describe_parameters(PortSpecOf<IxgbePort>& spec) {
  spec.param("device", &IxgbePort::device_,
             "PCI address of the port, as `ixyflow dev` shows it, or \"vfio-user:PATH\" of a device model")
      .required("\"0000:03:00.0\"");
  spec.param(
          "receive_descriptors", &IxgbePort::receive_descriptors_,
          "packets that a receive queue can hold: a power of two; more survive longer pauses, and add latency")
      .range(64, 4096);
  spec.param("transmit_descriptors", &IxgbePort::transmit_descriptors_,
             "packets that a transmit queue can hold: a power of two")
      .range(64, 4096);
  spec.param("promiscuous", &IxgbePort::promiscuous_,
             "receive every frame; otherwise those to the card's own address, to `addresses`, and broadcast");
  spec.param("multicast", &IxgbePort::multicast_, "receive all multicast");
  spec.param("addresses", &IxgbePort::addresses_, "further MAC addresses to receive, at most 127");
  spec.param(
      "vlan_strip", &IxgbePort::vlan_strip_,
      "take the outer VLAN tag off: it goes along beside the packet, and `vlan_insert` of a port puts it back");
  spec.param("vlan_insert", &IxgbePort::vlan_insert_, "put VLAN tags back that were taken off at reception");
  spec.param("receive_checksums", &IxgbePort::receive_checksums_,
             "note on each packet whether the card found its IPv4, TCP and UDP checksums right");
  spec.param("transmit_checksums", &IxgbePort::transmit_checksums_,
             "have the card fill in the IPv4, TCP and UDP checksums of all that is sent");
  spec.param("flow_control", &IxgbePort::flow_control_,
             "stop sending while the other end asks for it (PAUSE)");
  spec.param("force", &IxgbePort::force_,
             "take the device even if its network interface is up, has an address or carries a route");
  spec.positional({"device"});
}

void IxgbePort::describe_counters(PortSpecOf<IxgbePort>& spec) {
  constexpr auto kReceive = PortDirection::receive;
  constexpr auto kTransmit = PortDirection::transmit;
  spec.drop(kReceive, "missed", &IxgbePort::missed, "the card's own buffer was full");
  spec.drop(kReceive, "no_descriptor", &IxgbePort::no_descriptor,
            "nobody took packets out of the queue in time");
  spec.drop(kReceive, "crc_error", &IxgbePort::crc_errors, "wrong FCS");
  spec.drop(kReceive, "undersize", &IxgbePort::undersize, "shorter than 64 bytes with FCS");
  spec.drop(kReceive, "oversize", &IxgbePort::oversize, "longer than packet_size");
  const auto frame_drop = [&](const char* name, Counter ReceiveQueue::*counter, const char* doc) {
    spec.drop(kReceive, name, &IxgbePort::receive_, counter, doc);
  };
  frame_drop("rx_crc", &ReceiveQueue::crc_error, "delivered by the card with a wrong FCS");
  frame_drop("rx_length", &ReceiveQueue::length_error, "delivered with a length field that is wrong");
  frame_drop("rx_byte", &ReceiveQueue::byte_error, "delivered with an illegal byte");
  frame_drop("rx_oversize", &ReceiveQueue::mac_oversize, "delivered although too long");
  frame_drop("rx_undersize", &ReceiveQueue::mac_undersize,
             "delivered although too short, or with another error");
  frame_drop("rx_room", &ReceiveQueue::oversize, "its pieces together are longer than packet_size");
  frame_drop("bad_descriptor", &ReceiveQueue::bad_descriptor, "the card reported an impossible length");
  frame_drop("not_taken", &ReceiveQueue::not_taken, "still in the queue when it was stopped or reset");
  spec.drop(kTransmit, "tx_length", &IxgbePort::transmit_, &TransmitQueue::bad_length,
            "shorter than 14 bytes, or longer than the card can send");
  spec.drop(kTransmit, "flushed", &IxgbePort::transmit_, &TransmitQueue::flushed,
            "given to the card, but not sent before the link was lost, a reset or the end");
  spec.counter("card_received", &IxgbePort::good_received, "good frames, by the card's own count");
  spec.counter("card_received_bytes", &IxgbePort::good_received_bytes, "their bytes, FCS included");
  spec.counter("card_sent", &IxgbePort::good_transmitted, "good frames, by the card's own count");
  spec.counter("card_sent_bytes", &IxgbePort::good_transmitted_bytes, "their bytes, FCS included");
  spec.counter("illegal_bytes", &IxgbePort::illegal_bytes, "illegal and faulty bytes on the wire");
  spec.counter("length_errors", &IxgbePort::length_errors, "frames whose length field was wrong");
  spec.counter("pause_received", &IxgbePort::pause_received, "PAUSE frames of the other end");
  spec.counter("link_losses", &IxgbePort::link_losses, "times that the link went down");
  spec.counter("resets", &IxgbePort::resets, "resets of the card to bring it back");
}

void IxgbePort::configure(PortConfiguration& configuration) {
  const auto mistake = [&](const char* key, std::string text, std::string hint) {
    const Value::Entry* entry = find(configuration.parameters, key);
    configuration.diagnostics.error(entry != nullptr ? entry->value.where() : configuration.where,
                                    fmt::format("'{}' of {} {}", key, configuration.owner, text),
                                    std::move(hint));
  };
  if (const auto form = check_device_string(device_); !form) mistake("device", form.error().text, {});
  for (const auto& [key, count] : {std::pair{"receive_descriptors", receive_descriptors_},
                                   std::pair{"transmit_descriptors", transmit_descriptors_}})
    if (!std::has_single_bit(count))
      mistake(key, fmt::format("is {}, which is no power of two", count),
              fmt::format("{} or {}", std::bit_floor(count), std::bit_ceil(count)));
  if (addresses_.size() > kMostAddresses)
    mistake("addresses", fmt::format("has {} entries", addresses_.size()), "127 at most");
  if (configuration.packet_size < 1024)
    mistake("driver",
            fmt::format("needs buffers of 1024 bytes, and packet_size is {}", configuration.packet_size),
            "raise packet_size in [pipeline]");
  const std::uint32_t room = configuration.packet_size;
  settings_ = {.longest = std::min(room, kLongestFrame),
               .promiscuous = promiscuous_,
               .multicast = multicast_,
               .addresses = addresses_,
               .vlan_strip = vlan_strip_,
               .flow_control = flow_control_};
  queue_settings_ = {receive_descriptors_,
                     transmit_descriptors_,
                     room,
                     false,
                     {.checksums = transmit_checksums_, .vlan = vlan_insert_}};
}

PortProperties IxgbePort::properties() const {
  PortProperties properties;
  properties.receive_queues = properties.transmit_queues = kMaxQueues;
  properties.buffers = std::max(receive_descriptors_, transmit_descriptors_);
  properties.queue_memory = Card::queue_memory(queue_settings_);
  properties.claims = {"device " + device_};
  properties.node = place_ ? place_->node : -1;
  const bool by_address = place_ ? place_->way == PciWay::sysfs : !device_.starts_with("vfio-user:");
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

IXYFLOW_PORT(IxgbePort, "ixgbe");

}  // namespace ixyflow::drivers
