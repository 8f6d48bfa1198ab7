#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/cache_line.hpp"
#include "core/device/pacer.hpp"
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
            "leaves n / rate after the first one, and who is late catches up at most 100 ms. Frees what it "
            "is given.")
        .counter("late", &GeneratorPort::late_,
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
    properties.can_wait = !paced();
    properties.node = node_;
    return properties;
  }

  void attach_rx(std::uint16_t /*queue*/, const QueueContext& context) override {
    receive_ = {.context = context, .left = count_ == 0 ? kEndless : count_, .pacer = {}};
    if (paced()) receive_.pacer = Pacer(rate_);
  }
  void attach_tx(std::uint16_t /*queue*/, const QueueContext& context) override {
    transmit_pool_ = context.pool;
  }

  std::uint32_t rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept override {
    packets = packets.first(std::min<std::uint64_t>(packets.size(), receive_.left));
    return paced() ? rx_paced(packets) : make(packets, receive_.context.pool->allocate(packets));
  }
  [[nodiscard]] bool exhausted(std::uint16_t /*queue*/) const noexcept override { return receive_.left == 0; }
  [[nodiscard]] Nanoseconds next_due(std::uint16_t queue) const noexcept override {
    if (exhausted(queue)) return std::numeric_limits<Nanoseconds>::max();
    return paced() && receive_.started ? receive_.pacer.due() : 0;
  }

  std::uint32_t tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept override {
    transmit_pool_->free(packets);
    return static_cast<std::uint32_t>(packets.size());
  }

 private:
  static constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

  struct Receive {
    QueueContext context;
    std::uint64_t left = kEndless;
    std::uint64_t sequence = 0;
    std::uint32_t flow = 0;
    bool started = false;
    Pacer pacer;
  };

  [[nodiscard]] bool paced() const noexcept { return rate_.per_second > 0; }

  /// Fills the first `count` packets.
  std::uint32_t make(std::span<Packet*> packets, std::uint32_t count) noexcept {
    const Nanoseconds now = receive_.context.clock->now();
    for (Packet* packet : packets.first(count)) {
      template_->write(packet->data(), receive_.flow, receive_.sequence++);
      packet->set_length(template_->size());
      packet->timestamp = now;
      packet->input_port = receive_.context.port_index;
      if (++receive_.flow == flows_) receive_.flow = 0;
    }
    if (receive_.left != kEndless) receive_.left -= count;
    return count;
  }

  std::uint32_t rx_paced(std::span<Packet*> packets) noexcept {
    Pacer& pacer = receive_.pacer;
    const Nanoseconds now = receive_.context.clock->now();
    if (!std::exchange(receive_.started, true)) pacer.start(now);
    if (pacer.limit_lag(now)) ++late_;
    if (pacer.due() > now) return 0;
    const std::uint32_t buffers = receive_.context.pool->allocate(packets);
    std::uint32_t due = 0;
    for (; due < buffers && pacer.due() <= now; ++due) pacer.sent(template_->size());
    receive_.context.pool->free(packets.subspan(due, buffers - due));
    return make(packets, due);
  }

  std::optional<std::uint32_t> size_;
  std::uint64_t count_ = 0;
  Rate rate_;
  std::uint32_t flows_ = 1;
  Value template_text_;
  int node_ = -1;
  std::optional<FrameTemplate> template_;
  Counter late_;
  // The two directions may run on two cores.
  alignas(kCacheLine) Receive receive_;
  alignas(kCacheLine) Mempool* transmit_pool_ = nullptr;
};

IXYFLOW_PORT(GeneratorPort, "generator");

}  // namespace ixyflow::drivers
