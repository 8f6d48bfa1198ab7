#include <algorithm>
#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/packet/packet_queue.hpp"

namespace ixyflow::elements {

/// It is polled, as Queue is, and so subject to back-pressure; a timer's call would not be. `next_due` wakes
/// its core in time.
class Delay final : public Element {
  enum : PortIndex { kOut, kQueueFull };

 public:
  static void describe(Spec<Delay>& spec) {
    spec.doc(
            "Holds each packet for `time` and gives it out in order, as a long line does (Click's "
            "DelayUnqueue, with its queue; DelayShaper without catching up). It holds `capacity` packets, "
            "which should be the rate of packets times `time`: while it is full, a source that can wait (a "
            "file) waits, and what comes from one that cannot (a network card) is dropped. The time can be "
            "changed while it works, `ixyflow set line.time=20ms`, and counts for the packets that it holds, "
            "too. At the end of a run it still takes its time.")
        .example(R"([elements.line]
type = "Delay"
time = "50ms"

[graph]
paths = ["in -> line -> out"])")
        .output(kOut, "out", "the packets in their order, each `time` after it came")
        .drop(kQueueFull, "queue_full", "it held `capacity` packets already");
    spec.param("time", &Delay::time_, "how long it holds a packet").required("\"50ms\"").live();
    spec.param("capacity", &Delay::capacity_, "the most packets that it holds").range(1, 1 << 20);
  }

  void prepare(Outputs& /*outputs*/) override { packets_ = Fifo<Held>(capacity_); }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch)
      if (!packets_.push({packet, outputs.now()})) outputs.push(kQueueFull, packet);
    batch.clear();
  }

  void poll(Outputs& outputs) noexcept override {
    const Nanoseconds came = outputs.now() - time_.ns;
    give_out(outputs, [this, came] { return packets_.front().came <= came; });
  }

  void flush(Outputs& outputs) noexcept override {
    give_out(outputs, [] { return true; });
  }

  [[nodiscard]] Nanoseconds next_due() const noexcept override {
    if (packets_.empty()) return Timer::kNever;
    const Nanoseconds came = packets_.front().came;
    return came + std::min(time_.ns, Timer::kNever - 1 - came);
  }
  [[nodiscard]] std::uint32_t room(PortIndex /*input*/) const noexcept override {
    return capacity_ - packets_.size();
  }
  [[nodiscard]] std::uint64_t held() const noexcept override { return packets_.size(); }
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return capacity_; }

 private:
  struct Held {
    Packet* packet = nullptr;
    Nanoseconds came = 0;
  };

  /// What there is while `due` says so of the oldest, as far as there is room.
  template <class Due>
  void give_out(Outputs& outputs, Due due) noexcept {
    const std::uint32_t most = std::min({packets_.size(), outputs.burst(), outputs.room(kOut)});
    Batch& batch = outputs.batch();
    while (batch.size() < most && due()) batch.push(packets_.pop().packet);
    if (!batch.empty()) outputs.forward(kOut, batch);
  }

  Duration time_;
  std::uint32_t capacity_ = 1000;
  Fifo<Held> packets_;
};

IXYFLOW_ELEMENT(Delay);

}  // namespace ixyflow::elements
