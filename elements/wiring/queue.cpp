#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Queue final : public Element {
  enum : PortIndex { kOut, kQueueFull };

 public:
  static void describe(Spec<Queue>& spec) {
    spec.doc(
            "Holds packets, first in, first out, and gives them out as what follows has room: a ring in "
            "the pipeline, even on one core. Packets that find it full are dropped. Edges between cores "
            "are rings by themselves, so that a Queue is needed less often than in Click. At the end of a "
            "run it gives out what it holds.")
        .output(kOut, "out", "the packets in their order")
        .drop(kQueueFull, "queue_full", "it held `capacity` packets already")
        .gauge("fill", &Queue::held, "packets that it holds now")
        .maximum("highwater", &Queue::highwater_, "the most packets that it held at one time");
    spec.param("capacity", &Queue::capacity_, "the most packets that it holds").range(1, 1 << 20);
  }

  void prepare(Outputs& /*outputs*/) override { places_.resize(std::bit_ceil(capacity_)); }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    const std::uint32_t taken = std::min(batch.size(), capacity_ - size());
    for (Packet* packet : batch.packets().first(taken)) place(tail_++) = packet;
    for (Packet* packet : batch.packets().subspan(taken)) outputs.push(kQueueFull, packet);
    batch.clear();
    if (size() > highwater_.value()) highwater_.add(size() - highwater_.value());
  }

  void poll(Outputs& outputs) noexcept override {
    const std::uint32_t count = std::min({size(), outputs.burst(), outputs.room(kOut)});
    if (count == 0) return;
    Batch& batch = outputs.batch();
    for (std::uint32_t i = 0; i < count; ++i) batch.push(place(head_++));
    outputs.forward(kOut, batch);
  }

  void flush(Outputs& outputs) noexcept override { poll(outputs); }

  [[nodiscard]] Nanoseconds next_due() const noexcept override { return size() == 0 ? Timer::kNever : 0; }
  [[nodiscard]] std::uint64_t held() const noexcept override { return size(); }
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return capacity_; }

 private:
  /// The indices only grow and wrap with their type; their difference is right all the same.
  [[nodiscard]] std::uint32_t size() const noexcept { return tail_ - head_; }
  [[nodiscard]] Packet*& place(std::uint32_t index) noexcept { return places_[index & (places_.size() - 1)]; }

  std::uint32_t capacity_ = 1000;
  std::vector<Packet*> places_;  ///< a power of two of them, at least capacity_
  std::uint32_t head_ = 0;       ///< of the oldest packet
  std::uint32_t tail_ = 0;       ///< of the next free place
  Counter highwater_;
};

IXYFLOW_ELEMENT(Queue);

}  // namespace ixyflow::elements
