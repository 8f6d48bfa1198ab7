#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/cache_line.hpp"
#include "core/base/pacer.hpp"
#include "core/device/port_registry.hpp"
#include "drivers/synthetic/frame_template.hpp"

namespace ixyflow::drivers {

/// Makes packets, as many and as fast as asked for, that differ in their flow and in a sequence number.
class GeneratorPort final : public Port {
 public:
  static void describe(PortSpecOf<GeneratorPort>& spec) {
    spec.doc(
            "Makes packets. Packet n (from 0) belongs to flow n modulo `flows`; flow i has i added to its "
            "source address. Its payload starts with n in eight bytes, when it was made from fields and "
            "has room for that. Without a rate it makes what is taken; with one it does not wait: packet n "
            "leaves n / rate after the first one, and who is late catches up at most 100 ms. Of up to 64 "
            "receive queues each gets whole flows, flow i queue i modulo their number: together they make "
            "the same packets at the same rate as one. Frees what it is given.")
        .counter("late", &GeneratorPort::receive_, &Receive::late,
                 "times that the rate was more than 100 ms behind and was moved");
    spec.param("size", &GeneratorPort::size_,
               "length of each frame in bytes, without FCS; absent: 64, or the template's")
        .range(14, 65535);
    spec.param("count", &GeneratorPort::count_, "packets to make; 0: without end");
    spec.param("rate", &GeneratorPort::rate_, "how fast; absent: as fast as they are taken");
    spec.param("flows", &GeneratorPort::flows_, "number of flows").range(1, 1 << 24);
    spec.param("template", &GeneratorPort::template_text_,
               "fields of the headers, { \"ip.dst\" = \"198.19.0.1\", \"udp.dst\" = 53 }, on UDP over IPv4 "
               "unless they say otherwise; or a whole frame in hex")
        .type_name("table of fields, or hex text");
    spec.param("src", &GeneratorPort::source_, "source MAC address of the frames; absent: the template's")
        .or_port();
    spec.param("node", &GeneratorPort::node_, "NUMA node that it pretends to be on; -1: near to everything")
        .range(-1, 1023);
  }

  void configure(PortConfiguration& configuration) override {
    const TemplateRequest request{.text = template_text_,
                                  .size = size_,
                                  .largest = configuration.packet_size,
                                  .where = configuration.where,
                                  .owner = configuration.owner};
    template_ = FrameTemplate::make(request, configuration.diagnostics);
  }

  [[nodiscard]] PortProperties properties() const override {
    PortProperties properties;
    properties.receive_queues = kMaxQueues;
    properties.transmit_queues = kMaxQueues;
    properties.dealing = QueueDealing::by_flow;
    properties.can_wait = !paced();
    properties.node = node_;
    return properties;
  }

  [[nodiscard]] PortFacts facts() const override {
    // Ports that name each other in a circle find 0 somewhere.
    const EtherAddress address = source_.value_or(EtherAddress{});
    return {.address = address != EtherAddress{} ? address : template_->source(), .mtu = {}};
  }

  void use_queues(std::uint16_t receive, std::uint16_t transmit) override {
    receive_.resize(receive);
    transmit_.resize(transmit);
  }
  Result<void> start() override {
    if (source_) template_->set_source(*source_);
    return {};
  }
  void attach_rx(std::uint16_t queue, const QueueContext& context) override {
    receive_[queue] = {.context = context,
                       .left = count_ == 0 && queue < flows_ ? kEndless : share_of(queue),
                       .number = queue,
                       .flow = queue,
                       .queue = queue};
    if (paced()) receive_[queue].pacer = Pacer(rate_);
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    transmit_[queue].pool = context.pool;
  }

  std::uint32_t rx(std::uint16_t queue, std::span<Packet*> packets) noexcept override {
    Receive& receive = receive_[queue];
    if (receive.left == 0) return 0;
    packets = packets.first(std::min<std::uint64_t>(packets.size(), receive.left));
    return paced() ? make_due(receive, packets)
                   : make_all(receive, packets, receive.context.pool->allocate(packets));
  }
  [[nodiscard]] bool exhausted(std::uint16_t queue) const noexcept override {
    return receive_[queue].left == 0;
  }
  [[nodiscard]] Nanoseconds next_due(std::uint16_t queue) const noexcept override {
    if (exhausted(queue)) return std::numeric_limits<Nanoseconds>::max();
    return paced() && receive_[queue].started ? receive_[queue].pacer.due() : 0;
  }

  std::uint32_t tx(std::uint16_t queue, std::span<Packet* const> packets) noexcept override {
    transmit_[queue].pool->free(packets);
    return static_cast<std::uint32_t>(packets.size());
  }

 private:
  static constexpr std::uint16_t kMaxQueues = 64;
  static constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

  // Queues may be on different cores: none shares a cache line with another one.
  struct alignas(kCacheLine) Receive {
    QueueContext context;
    std::uint64_t left = kEndless;
    std::uint64_t number = 0;  ///< of the next packet, counted over all queues
    std::uint32_t flow = 0;    ///< of the next packet
    std::uint32_t queue = 0;
    bool started = false;
    Pacer pacer;
    Counter late;
  };
  struct alignas(kCacheLine) Transmit {
    Mempool* pool = nullptr;
  };

  [[nodiscard]] bool paced() const noexcept { return rate_.per_second > 0; }
  [[nodiscard]] std::uint32_t queues() const noexcept { return static_cast<std::uint32_t>(receive_.size()); }

  /// How many of the first `count_` packets are of flows of that queue.
  [[nodiscard]] std::uint64_t share_of(std::uint32_t queue) const noexcept {
    const auto flows_below = [&](std::uint64_t limit) {
      return limit > queue ? (limit - queue + queues() - 1) / queues() : 0;
    };
    return count_ / flows_ * flows_below(flows_) + flows_below(count_ % flows_);
  }

  /// Makes the queue's next packet, and goes on to the one after it: returns its distance in the numbering.
  std::uint64_t make(Receive& receive, Packet& packet, Nanoseconds now) noexcept {
    template_->write(packet.data(), receive.flow, receive.number);
    packet.set_length(template_->size());
    packet.timestamp = now;
    packet.input_port = receive.context.port_index;
    const bool same_turn = flows_ - receive.flow > queues();
    const std::uint32_t distance = same_turn ? queues() : flows_ - receive.flow + receive.queue;
    receive.flow = same_turn ? receive.flow + queues() : receive.queue;
    receive.number += distance;
    return distance;
  }

  /// Fills the first `count` packets.
  std::uint32_t make_all(Receive& receive, std::span<Packet*> packets, std::uint32_t count) noexcept {
    const Nanoseconds now = receive.context.clock->now();
    for (Packet* packet : packets.first(count)) make(receive, *packet, now);
    if (receive.left != kEndless) receive.left -= count;
    return count;
  }

  /// Fills packets as long as they are due.
  std::uint32_t make_due(Receive& receive, std::span<Packet*> packets) noexcept {
    Pacer& pacer = receive.pacer;
    const Nanoseconds now = receive.context.clock->now();
    if (!std::exchange(receive.started, true)) {
      pacer.start(now);
      pacer.sent(template_->size(), receive.queue);
    }
    if (pacer.limit_lag(now)) ++receive.late;
    if (pacer.due() > now) return 0;
    const std::uint32_t buffers = receive.context.pool->allocate(packets);
    std::uint32_t due = 0;
    for (; due < buffers && pacer.due() <= now; ++due)
      pacer.sent(template_->size(), make(receive, *packets[due], now));
    receive.context.pool->free(packets.subspan(due, buffers - due));
    if (receive.left != kEndless) receive.left -= due;
    return due;
  }

  std::optional<std::uint32_t> size_;
  std::uint64_t count_ = 0;
  Rate rate_;
  std::uint32_t flows_ = 1;
  Value template_text_;
  std::optional<EtherAddress> source_;
  int node_ = -1;
  std::optional<FrameTemplate> template_;
  std::vector<Receive> receive_{1};
  std::vector<Transmit> transmit_{1};
};

IXYFLOW_PORT(GeneratorPort, "generator");

}  // namespace ixyflow::drivers
