#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "core/device/port_registry.hpp"
#include "drivers/bus/pci_function.hpp"
#include "drivers/virtio/device.hpp"
#include "drivers/virtio/pci_transport.hpp"
#include "drivers/virtio/recovery.hpp"
#include "drivers/virtio/vhost_user_transport.hpp"

namespace ixyflow::drivers {

using namespace virtio;
using SteadyClock = std::chrono::steady_clock;

/// A virtio network device. How it is driven stands in drivers/virtio; this is what a pipeline sees of it.
class VirtioPort final : public Port, public DeviceCounters {
 public:
  static void describe(PortSpecOf<VirtioPort>& spec) {
    spec.doc(
        "A virtio network device: the card of a virtual machine, driven from here without the kernel, or any "
        "vhost-user device on the same machine. Never waits: what nobody takes in time is lost.");
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
    recovery_->look(SteadyClock::now(), [&](std::string_view text) { event(EventKind::note, text); });
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

void VirtioPort::describe_parameters(PortSpecOf<VirtioPort>& spec) {
  spec.param("device", &VirtioPort::device_,
             "PCI address of the device, as `ixyflow dev` shows it, or \"vhost-user:PATH\" of a socket")
      .required("\"0000:00:03.0\"");
  spec.param("server", &VirtioPort::server_,
             "with vhost-user: wait for the other side at the socket, instead of going there");
  spec.param("queues", &VirtioPort::queues_, "pairs of queues that the device offers, and that may be used")
      .range(1, 128);
  spec.param("receive_descriptors", &VirtioPort::receive_descriptors_,
             "packets that a receive queue can hold, if the device allows it: a power of two")
      .range(64, 4096);
  spec.param("transmit_descriptors", &VirtioPort::transmit_descriptors_,
             "packets that a transmit queue can hold, if the device allows it: a power of two")
      .range(64, 4096);
  spec.choice("ring", &VirtioPort::ring_,
              {{"auto", RingChoice::automatic}, {"split", RingChoice::split}, {"packed", RingChoice::packed}},
              "format of the queues; `auto`: packed where the device has it");
  spec.param(
      "mergeable", &VirtioPort::mergeable_,
      "take frames in several buffers, for devices that cut them: costs a look at every packet's header");
  spec.param(
      "promiscuous", &VirtioPort::promiscuous_,
      "receive every frame; otherwise those to the device's own address, to `addresses`, and broadcast");
  spec.param("multicast", &VirtioPort::multicast_, "receive all multicast");
  spec.param("addresses", &VirtioPort::addresses_, "further MAC addresses to receive, at most 127");
  spec.param("vlans", &VirtioPort::vlans_, "VLANs to receive; without any, all").range(0, 4094);
  spec.param("receive_checksums", &VirtioPort::receive_checksums_,
             "take the device's word on TCP and UDP checksums, and complete those that it left open");
  spec.param("transmit_checksums", &VirtioPort::transmit_checksums_,
             "make the IPv4, TCP and UDP checksums of all that is sent right, by the device if it can");
  spec.param("force", &VirtioPort::force_,
             "take the device even if its network interface is up, has an address or carries a route");
  spec.positional({"device"});
}

void VirtioPort::describe_counters(PortSpecOf<VirtioPort>& spec) {
  constexpr auto kReceive = PortDirection::receive;
  constexpr auto kTransmit = PortDirection::transmit;
  const auto frame_drop = [&](const char* name, Counter ReceiveQueue::*counter, const char* doc) {
    spec.drop(kReceive, name, &VirtioPort::receive_, counter, doc);
  };
  frame_drop("rx_length", &ReceiveQueue::bad_length, "shorter than 14 bytes");
  frame_drop("rx_room", &ReceiveQueue::oversize, "its pieces together are longer than packet_size");
  frame_drop("bad_header", &ReceiveQueue::bad_header,
             "its header tells of segments or of no buffers at all, on which nobody agreed");
  frame_drop("bad_checksum", &ReceiveQueue::bad_checksum,
             "its checksum was left open at a place outside of it");
  frame_drop("not_taken", &ReceiveQueue::not_taken, "still in the queue when it was stopped or reset");
  spec.drop(kTransmit, "tx_length", &VirtioPort::transmit_, &TransmitQueue::bad_length,
            "shorter than 14 bytes, or longer than the device's MTU allows");
  spec.drop(kTransmit, "no_headroom", &VirtioPort::transmit_, &TransmitQueue::no_headroom,
            "fills its buffer, so that there is no place for a header of 12 bytes");
  spec.drop(kTransmit, "flushed", &VirtioPort::transmit_, &TransmitQueue::flushed,
            "given to the device, but not sent before a reset or the end");
  spec.counter("link_losses", &VirtioPort::link_losses, "times that the link went down");
  spec.counter("resets", &VirtioPort::resets, "resets of the device to bring it back");
}

void VirtioPort::configure(PortConfiguration& configuration) {
  const auto mistake = [&](const char* key, std::string text, std::string hint) {
    const Value::Entry* entry = find(configuration.parameters, key);
    configuration.diagnostics.error(entry != nullptr ? entry->value.where() : configuration.where,
                                    fmt::format("'{}' of {} {}", key, configuration.owner, text),
                                    std::move(hint));
  };
  if (vhost_user()) {
    if (device_.size() == kVhostUser.size())
      mistake("device", "names no socket", "\"vhost-user:/path/to.sock\"");
  } else {
    if (const auto form = check_device_string(device_); !form) mistake("device", form.error().text, {});
    if (server_) mistake("server", "is for vhost-user", "leave it out");
  }
  for (const auto& [key, count] : {std::pair{"receive_descriptors", receive_descriptors_},
                                   std::pair{"transmit_descriptors", transmit_descriptors_}})
    if (!std::has_single_bit(count))
      mistake(key, fmt::format("is {}, which is no power of two", count),
              fmt::format("{} or {}", std::bit_floor(count), std::bit_ceil(count)));
  if (addresses_.size() > kMostAddresses)
    mistake("addresses", fmt::format("has {} entries", addresses_.size()), "127 at most");
  settings_ = {.receive_descriptors = receive_descriptors_,
               .transmit_descriptors = transmit_descriptors_,
               .data_room = configuration.packet_size,
               .ring = ring_,
               .mergeable = mergeable_,
               .receive_checksums = receive_checksums_,
               .transmit_checksums = transmit_checksums_,
               .promiscuous = promiscuous_,
               .multicast = multicast_,
               .addresses = addresses_,
               .vlans = vlans_};
}

PortProperties VirtioPort::properties() const {
  PortProperties properties;
  properties.receive_queues = properties.transmit_queues = queues_;
  properties.buffers = std::max(receive_descriptors_, transmit_descriptors_);
  // Only a function in a PCI slot can be a legacy one, whose queues are as long as it likes.
  properties.queue_memory = Device::queue_memory(settings_, !vhost_user());
  properties.claims = {"device " + device_};
  properties.node = place_ ? place_->node : -1;
  const bool by_address =
      place_ ? place_->way == PciWay::sysfs : !vhost_user() && !device_.starts_with("vfio-user:");
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
  const auto waits = [](const TransmitQueue& queue) { return queue.waits(); };
  while (std::ranges::any_of(transmit_, waits) && SteadyClock::now() < until)
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

IXYFLOW_PORT(VirtioPort, "virtio");

}  // namespace ixyflow::drivers
