#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <vector>

#include "core/device/port_registry.hpp"
#include "core/device/receive_limit.hpp"
#include "core/os/files/file_mode.hpp"
#include "core/os/unix_address.hpp"
#include "drivers/virtio/device/back_end.hpp"
#include "drivers/virtio/device/queues.hpp"

namespace ixyflow::drivers {

using namespace vhost;

/// The network card of a virtual machine, or of any other vhost-user front end. How it is done stands in
/// drivers/virtio/device; this is what a pipeline sees of it.
class VhostPort final : public Port {
 public:
  static void describe(PortSpecOf<VhostPort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  void use_queues(std::uint16_t receive, std::uint16_t transmit) override;
  Result<void> open() override;

  void attach_rx(std::uint16_t queue, const QueueContext& context) override {
    receive_[queue].attach(context);
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    transmit_[queue].attach(context);
  }
  void detach_rx(std::uint16_t queue) noexcept override { receive_[queue].detach(); }
  void detach_tx(std::uint16_t queue) noexcept override { transmit_[queue].detach(); }

  [[nodiscard]] Rights needs() const override {
    return connect_ ? Rights{.meets = {socket_}} : Rights{.removes = {socket_}};
  }
  [[nodiscard]] bool ready() const noexcept override { return back_end_->works(); }
  void supervise(const EventSink& event) override {
    back_end_->look(std::chrono::steady_clock::now(), event);
  }
  void stop() noexcept override {
    if (back_end_) back_end_->stop();
  }
  Result<void> close() override {
    back_end_.reset();
    return {};
  }

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

 private:
  static void describe_counters(PortSpecOf<VhostPort>& spec);

  static constexpr std::uint16_t kMaxQueues = 64;
  // A guest whose ring is full waits, but should not have to wait long: rings have 256 entries as a rule,
  // which a guest that is in a hurry fills with this pace.
  static constexpr std::uint32_t kLeastRing = 256;
  static constexpr Nanoseconds kFrameTime = 67;
  static constexpr virtio::Features kOffer = virtio::feature::kVersion1 | virtio::feature::kRingPacked |
                                             virtio::feature::kInOrder | virtio::feature::kAnyLayout |
                                             virtio::feature::kIndirect | virtio::feature::kEventIndex |
                                             virtio::feature::kMrgRxbuf | virtio::feature::kCsum |
                                             virtio::feature::kGuestCsum | virtio::feature::kMtu;
  /// Those of a device with several pairs of queues; the front end serves the control queue itself.
  static constexpr virtio::Features kOfferMq = virtio::feature::kMq | virtio::feature::kCtrlVq;

  std::string socket_;
  bool connect_ = false;
  std::string mode_;
  std::string owner_;
  std::string group_;
  std::string peer_user_;
  std::uint16_t queues_ = 1;
  std::uint64_t count_ = 0;
  bool ring_reset_ = false;
  std::uint32_t packet_size_ = 0;

  /// Sums over the queues of both directions.
  struct Calls {
    const VhostPort& port;
    [[nodiscard]] std::uint64_t value() const noexcept;
  };
  struct BadBuffers {
    const VhostPort& port;
    [[nodiscard]] std::uint64_t value() const noexcept;
  };

  Calls calls_{*this};
  BadBuffers bad_buffers_{*this};
  SharedCounter front_ends_;
  std::deque<ReceiveRing> receive_rings_;
  std::deque<TransmitRing> transmit_rings_;
  std::vector<GuestRing*> rings_;  ///< by their number in vhost-user
  std::deque<ReceiveQueue> receive_;
  std::deque<TransmitQueue> transmit_;
  ReceiveLimit limit_;
  std::optional<BackEnd> back_end_;
};

void VhostPort::describe(PortSpecOf<VhostPort>& spec) {
  spec.doc(
      "The other end of a virtual machine's network card (QEMU's vhost-user netdev), or of any other "
      "vhost-user front end, such as DPDK's net_virtio_user: ixyflow is the virtio device. Front ends come "
      "and go, one at a time. Without one nothing is received, and there is no room to send.");
  spec.param("socket", &VhostPort::socket_, "path of the UNIX socket where the front end is met")
      .required("\"/run/ixyflow/vm0.sock\"")
      .path();
  spec.param("connect", &VhostPort::connect_,
             "go to the socket, where the front end listens, instead of listening there");
  spec.param("mode", &VhostPort::mode_,
             "permissions of the socket, in octal, \"0660\"; without it, what the umask leaves");
  spec.param("owner", &VhostPort::owner_, "user that the socket belongs to, by name or number");
  spec.param("group", &VhostPort::group_, "group that the socket belongs to, by name or number");
  spec.param("peer_user", &VhostPort::peer_user_,
             "user, by name or number, that the front end may run as; root and one's own always may");
  spec.param("queues", &VhostPort::queues_, "pairs of queues that the front end may use")
      .range(1, kMaxQueues);
  spec.param("count", &VhostPort::count_, ReceiveLimit::kDoc);
  spec.param("ring_reset", &VhostPort::ring_reset_,
             "offer RING_RESET, so that a guest can change the length of its queues (ethtool -G): only for "
             "front ends that stop the ring here, too; QEMU (up to 10) does not, and its guest's memory "
             "would be spoilt");
  spec.positional({"socket"});
  describe_counters(spec);
}

void VhostPort::describe_counters(PortSpecOf<VhostPort>& spec) {
  constexpr auto kReceive = PortDirection::receive;
  constexpr auto kTransmit = PortDirection::transmit;
  spec.drop(kReceive, "runt", &VhostPort::receive_, &ReceiveContext::runt, "shorter than an Ethernet header");
  spec.drop(kReceive, "oversize", &VhostPort::receive_, &ReceiveContext::oversize, "longer than packet_size");
  spec.drop(kReceive, "bad_header", &VhostPort::receive_, &ReceiveContext::bad_header,
            "asks for a checksum outside of the frame, or for what was not offered");
  spec.drop(kReceive, "bad_descriptor", &VhostPort::receive_, &ReceiveContext::bad_descriptor,
            "is not where the guest says, or in no way that it may be");
  spec.drop(kReceive, "disabled", &VhostPort::receive_, &ReceiveContext::disabled,
            "sent by a queue that the front end has disabled");
  spec.drop(kTransmit, "too_long", &VhostPort::transmit_, &TransmitContext::too_long,
            "longer than the guest's buffers");
  spec.drop(kTransmit, "ring_full", &VhostPort::transmit_, &TransmitQueue::ring_full,
            "the guest had no buffer in the queue of its flow, but in others");
  spec.counter("bad_buffers", &VhostPort::bad_buffers_,
               "buffers for reception that are not where the guest says");
  spec.counter("calls", &VhostPort::calls_, "times that the guest was told of something new");
  spec.counter("front_ends", &VhostPort::front_ends_, "front ends that have come");
}

std::uint64_t VhostPort::Calls::value() const noexcept {
  std::uint64_t sum = 0;
  for (const ReceiveQueue& queue : port.receive_) sum += queue.calls.value();
  for (const TransmitQueue& queue : port.transmit_) sum += queue.calls.value();
  return sum;
}

std::uint64_t VhostPort::BadBuffers::value() const noexcept {
  std::uint64_t sum = 0;
  for (const TransmitQueue& queue : port.transmit_) sum += queue.bad_buffer.value();
  return sum;
}

void VhostPort::configure(PortConfiguration& configuration) {
  packet_size_ = configuration.packet_size;
  const auto mistake = [&configuration](const char* key, const std::string& text) {
    const Value::Entry* entry = find(configuration.parameters, key);
    configuration.diagnostics.error(entry != nullptr ? entry->value.where() : configuration.where,
                                    fmt::format("'{}' of {}: {}", key, configuration.owner, text));
  };
  if (const auto form = UnixAddress::of(socket_); !form) mistake("socket", form.error().text);
  if (const auto form = parse_file_mode(mode_); !mode_.empty() && !form) mistake("mode", form.error().text);
  if (connect_)
    for (const auto& [key, text] : {std::pair{"mode", mode_}, {"owner", owner_}, {"group", group_}})
      if (!text.empty()) mistake(key, "the socket is the other side's when we connect to it");
}

PortProperties VhostPort::properties() const {
  PortProperties properties;
  properties.receive_queues = properties.transmit_queues = queues_;
  properties.dealing = QueueDealing::by_flow;  // the guest deals out
  properties.from_others = true;
  properties.claims = {"socket " + socket_};
  properties.longest_pause = kLeastRing * kFrameTime;
  return properties;
}

void VhostPort::use_queues(std::uint16_t receive, std::uint16_t transmit) {
  receive_.resize(receive);
  transmit_.resize(transmit);
  receive_rings_.resize(queues_);
  transmit_rings_.resize(queues_);
  for (std::size_t pair = 0; pair < queues_; ++pair) {
    rings_.push_back(&transmit_rings_[pair]);
    rings_.push_back(&receive_rings_[pair]);
    transmit_rings_[pair].set_served(transmit != 0);
    receive_rings_[pair].set_served(receive != 0);
    if (transmit != 0) transmit_[pair % transmit].add(transmit_rings_[pair]);
    if (receive != 0) receive_[pair % receive].add(receive_rings_[pair]);
  }
}

Result<void> VhostPort::open() {
  const auto peers = PeerUsers::of(peer_user_);
  if (!peers) return std::unexpected(peers.error());
  auto endpoint = connect_ ? vhost_user::Endpoint::go(socket_, *peers)
                           : vhost_user::Endpoint::listen(socket_, {mode_, owner_, group_}, *peers);
  if (!endpoint) return std::unexpected(endpoint.error());
  const Offer offer{
      .features = kOffer | (queues_ > 1 ? kOfferMq : 0) | (ring_reset_ ? virtio::feature::kRingReset : 0),
      .longest_frame = packet_size_};
  back_end_.emplace(std::move(*endpoint), rings_, offer, front_ends_);
  return {};
}

IXYFLOW_PORT(VhostPort, "vhost");

}  // namespace ixyflow::drivers
