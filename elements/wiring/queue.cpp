#include <algorithm>
#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/packet/packet_queue.hpp"

namespace ixyflow::elements {

class Queue final : public Element {
  enum : PortIndex { kOut, kQueueFull };

 public:
  static void describe(Spec<Queue>& spec) {
    spec.doc(
            "Holds packets, first in, first out, and gives them out as what follows has room: a ring in "
            "the pipeline, even on one core. A source that can wait (a file) waits while it is full; what "
            "comes from one that cannot (a network card) is dropped then. Edges between cores "
            "are rings by themselves, so that a Queue is needed less often than in Click. At the end of a "
            "run it gives out what it holds.")
        .output(kOut, "out", "the packets in their order")
        .drop(kQueueFull, "queue_full", "it held `capacity` packets already")
        .gauge("fill", &Queue::held, "packets that it holds now")
        .maximum("highwater", &Queue::highwater_, "the most packets that it held at one time");
    spec.param("capacity", &Queue::capacity_, "the most packets that it holds").range(1, 1 << 20);
  }

  void prepare(Outputs& /*outputs*/) override { packets_ = PacketQueue(capacity_); }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    const std::uint32_t taken = packets_.push(batch.packets());
    for (Packet* packet : batch.packets().subspan(taken)) outputs.push(kQueueFull, packet);
    batch.clear();
    if (packets_.size() > highwater_.value()) highwater_.add(packets_.size() - highwater_.value());
  }

  void poll(Outputs& outputs) noexcept override {
    const std::uint32_t count = std::min({packets_.size(), outputs.burst(), outputs.room(kOut)});
    if (count == 0) return;
    Batch& batch = outputs.batch();
    batch.added(packets_.pop(batch.free_places().first(count)));
    outputs.forward(kOut, batch);
  }

  void flush(Outputs& outputs) noexcept override { poll(outputs); }

  [[nodiscard]] Nanoseconds next_due() const noexcept override {
    return packets_.empty() ? Timer::kNever : 0;
  }
  [[nodiscard]] std::uint32_t room(PortIndex /*input*/) const noexcept override {
    return capacity_ - packets_.size();
  }
  [[nodiscard]] std::uint64_t held() const noexcept override { return packets_.size(); }
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return capacity_; }

 private:
  std::uint32_t capacity_ = 1000;
  PacketQueue packets_;
  Counter highwater_;
};

IXYFLOW_ELEMENT(Queue);

}  // namespace ixyflow::elements
