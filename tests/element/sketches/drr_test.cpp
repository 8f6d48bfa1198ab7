// A scheduler as the element interface lets one write it: it holds packets of several inputs, and chooses.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/element/packet_element.hpp"
#include "core/packet/packet_queue.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::elements {

/// Shares what goes out fairly by bytes among its inputs: deficit round robin (M. Shreedhar and G. Varghese,
/// 1995). Constant work per packet, because a quantum is as long as the longest frame.
class SketchDrr final : public Element {
  enum : PortIndex { kOut, kQueueFull };

 public:
  static void describe(Spec<SketchDrr>& spec) {
    spec.doc("Gives each input the same share of bytes.")
        .inputs_as_wired()
        .output(kOut, "out", "the packets of all inputs")
        .drop(kQueueFull, "queue_full", "its input has `capacity` packets waiting");
    spec.param("quantum", &SketchDrr::quantum_, "bytes per turn").range(1514, 65'535);
    spec.param("capacity", &SketchDrr::each_, "packets that wait at each input").range(1, 65'536);
  }

  void configure(Configuration& configuration) override { inputs_.resize(configuration.inputs); }
  void prepare(Outputs& /*outputs*/) override {
    for (Input& input : inputs_) input.packets = PacketQueue(each_);
  }

  void process(PortIndex input, Batch& batch, Outputs& outputs) noexcept override {
    PacketQueue& packets = inputs_[input].packets;
    const std::uint32_t taken = packets.push(batch.packets());
    for (Packet* packet : batch.packets().subspan(taken)) outputs.push(kQueueFull, packet);
    held_ += taken;
  }
  void poll(Outputs& outputs) noexcept override {
    std::uint32_t most =
        static_cast<std::uint32_t>(std::min<std::uint64_t>({held_, outputs.burst(), outputs.room(kOut)}));
    for (; most > 0; --most) outputs.push(kOut, next());
  }
  void flush(Outputs& outputs) noexcept override { poll(outputs); }

  [[nodiscard]] Nanoseconds next_due() const noexcept override { return held_ == 0 ? Timer::kNever : 0; }
  [[nodiscard]] std::uint32_t room(PortIndex input) const noexcept override {
    // Before `prepare` there are no places yet, and all are free.
    return each_ - inputs_[input].packets.size();
  }
  [[nodiscard]] std::uint64_t held() const noexcept override { return held_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept override {
    return each_ * static_cast<std::uint32_t>(inputs_.size());
  }

 private:
  struct Input {
    PacketQueue packets;
    std::uint32_t deficit = 0;  ///< bytes that it may still send in this turn
  };

  /// One packet is there.
  Packet* next() noexcept {
    for (;;) {
      Input& input = inputs_[turn_];
      if (!input.packets.empty() && input.packets.front()->length() <= input.deficit) {
        input.deficit -= input.packets.front()->length();
        --held_;
        return input.packets.pop();
      }
      // Who has nothing to send saves nothing up.
      if (input.packets.empty()) input.deficit = 0;
      turn_ = (turn_ + 1) % inputs_.size();
      inputs_[turn_].deficit += quantum_;
    }
  }

  std::uint32_t quantum_ = 1514;
  std::uint32_t each_ = 100;
  std::vector<Input> inputs_;
  std::size_t turn_ = 0;
  std::uint64_t held_ = 0;
};

IXYFLOW_ELEMENT(SketchDrr);

}  // namespace ixyflow::elements

namespace ixyflow::test {

namespace drr {

/// A frame whose first bytes tell the input and its number there.
Bytes numbered(std::uint8_t input, std::uint8_t number, std::size_t length) {
  Bytes frame(length);
  frame[0] = input;
  frame[1] = number;
  return frame;
}

constexpr std::size_t kLengths[] = {1500, 500, 100};

}  // namespace drr

TEST_CASE("DRR gives three inputs the same share of bytes, whatever the length of their packets") {
  ElementHarness scheduler("SketchDrr", "capacity = 250", {.inputs = 3});
  std::vector<std::uint8_t> sent(3);
  std::vector<std::uint64_t> bytes(3);
  std::vector<std::uint8_t> given(3);
  const auto fill = [&](PortIndex input) {
    const auto at = static_cast<std::uint8_t>(input);
    while (scheduler.element().room(input) > 0)
      CHECK(scheduler.send_batch({drr::numbered(at, given[input]++, drr::kLengths[input])}, input).empty());
  };
  for (int round = 0; round < 100; ++round) {
    for (PortIndex input = 0; input < 3; ++input) fill(input);
    for (const Sent& packet : scheduler.poll()) {
      const std::uint8_t input = packet.bytes[0];
      CHECK(packet.bytes[1] == sent[input]++);  // in its order
      bytes[input] += packet.bytes.size();
    }
    // Never further apart than a quantum and a packet.
    const auto [least, most] = std::ranges::minmax(bytes);
    CHECK(most - least <= 2 * 1514 + 1500);
  }
  CHECK(std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0}) > 100 * 32 * 100);
  CHECK(scheduler.packets("queue_full") == 0);
}

TEST_CASE("DRR leaves the line to whoever has something to send, and nobody saves up what he did not use") {
  ElementHarness scheduler("SketchDrr", HarnessOptions{.inputs = 3});
  for (std::uint8_t i = 0; i < 50; ++i) CHECK(scheduler.send_batch({drr::numbered(1, i, 1514)}, 1).empty());
  CHECK(scheduler.poll().size() == 32);
  for (std::uint8_t i = 0; i < 50; ++i) CHECK(scheduler.send_batch({drr::numbered(0, i, 1514)}, 0).empty());
  std::vector<std::uint8_t> inputs;
  for (const Sent& packet : scheduler.poll()) inputs.push_back(packet.bytes[0]);
  CHECK(std::ranges::count(inputs, 0) == 16);
  CHECK(std::ranges::count(inputs, 1) == 16);
}

TEST_CASE("DRR drops by a name what an input has no place for, and gives out no more than there is room") {
  ElementHarness scheduler("SketchDrr", "capacity = 2", {.inputs = 3});
  const std::vector<Bytes> three(3, drr::numbered(2, 0, 60));
  CHECK(exits_of(scheduler.send_batch(three, 2)) == std::vector<std::string>{"queue_full"});
  CHECK(scheduler.element().room(2) == 0);
  CHECK(scheduler.element().room(0) == 2);
  scheduler.set_room(1);
  CHECK(scheduler.poll().size() == 1);
  scheduler.set_room(0);
  CHECK(scheduler.poll().empty());
  CHECK(scheduler.element().next_due() == 0);
}

}  // namespace ixyflow::test
