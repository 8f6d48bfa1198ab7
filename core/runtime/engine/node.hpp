#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/element/element.hpp"
#include "core/element/outputs.hpp"
#include "core/graph/pipeline.hpp"
#include "core/runtime/engine/ring.hpp"

namespace ixyflow {

class Node;
class Worker;
struct PollNeed;

#ifdef IXYFLOW_CHECKS
inline constexpr bool kChecks = true;
#else
inline constexpr bool kChecks = false;
#endif

/// An input of an element, where batches gather until the element's turn in the round.
struct Inlet {
  Node* node = nullptr;
  PortIndex input = 0;
  Batch* pending = nullptr;  ///< never null; belongs to the worker's arena and is swapped from hand to hand
};

struct FlowSpread;

/// Where an exit leads.
struct Route {
  enum class Kind : std::uint8_t { drop, inlet, ring, spread };
  Kind kind = Kind::drop;
  Inlet* inlet = nullptr;
  Ring* ring = nullptr;
  FlowSpread* spread = nullptr;
};

/// One copy of an element at work on its core: its exits, its statistics, and the hand-over of batches.
class Node final : public Outputs {
 public:
  /// Runs `element`, a copy of that of `description`; both must outlive the node. Exits lead nowhere (drop)
  /// until `connect`.
  Node(const ElementNode& description, Element& element, Worker& worker, std::uint32_t burst);

  void connect(PortIndex output, const Route& route) { routes_[output] = route; }
  /// The element is to give out at most so many packets at once.
  void limit_burst(std::uint32_t burst) noexcept { burst_ = burst; }

  /// Lets the element work on the pending batch of one of its inlets, which holds at least one packet.
  void process(Inlet& inlet) noexcept;
  /// Lets the element give out packets by itself; true when any packet moved.
  bool poll() noexcept;
  void tick(Timer& timer) noexcept;
  void flush() noexcept;

  // Outputs
  void forward(PortIndex exit, Batch& batch) noexcept override;
  void split(Batch& batch, const PortIndex* exits) noexcept override;
  Batch& batch() noexcept override { return *given_; }
  void received(std::uint32_t count) noexcept override { received_ += count; }
  std::uint32_t create(std::span<Packet*> packets) noexcept override;
  std::uint32_t room(PortIndex output) const noexcept override;
  void print(std::string_view line) noexcept override;

  [[nodiscard]] const ElementNode& description() const noexcept { return description_; }
  [[nodiscard]] Element& element() noexcept { return element_; }
  [[nodiscard]] const Element& element() const noexcept { return element_; }
  [[nodiscard]] const Route& route(PortIndex exit) const noexcept { return routes_[exit]; }
  [[nodiscard]] const Exit& exit(PortIndex index) const noexcept { return exit_table_[index]; }
  /// What the element works on, or fills, at the moment.
  [[nodiscard]] const Batch& batch_at_work() const noexcept {
    return current_->empty() ? *given_ : *current_;
  }
  /// Packets that have left so far, by any exit.
  [[nodiscard]] std::uint64_t moved() const noexcept;

  /// The statistics in a fixed order; `visit` gets each number.
  template <class Visitor>
  void visit(Visitor&& visit) const {
    for (const std::uint64_t number :
         {in_, received_, created_, element().held(), batches_, cycles_, stamped_, no_buffer_, stopped_})
      visit(number);
    for (const PortIndex exit : used_exits_) {
      visit(exits_[exit].packets);
      visit(exits_[exit].bytes);
    }
    for (const CounterSpec& counter : description_.spec->counters) visit(counter.get(element()).value());
  }
  /// Exits that exist, in the order in which they are shown: outputs, then drops.
  [[nodiscard]] const std::vector<PortIndex>& used_exits() const noexcept { return used_exits_; }

 private:
  friend class Worker;

  void deliver(PortIndex exit) noexcept override;
  void hand_over(PortIndex exit, Batch*& batch) noexcept;
  void go(const Route& route, Batch*& batch) noexcept;
  void to_spread(FlowSpread& spread, Batch& batch) noexcept;
  void to_inlet(Inlet& inlet, Batch*& batch) noexcept;
  void to_ring(Ring& ring, Batch& batch) noexcept;
  void discard(Batch& batch) noexcept;
  void run(Inlet& inlet) noexcept;
  void run_traced(Inlet& inlet) noexcept;
  void end_call() noexcept;
  void check_conservation() noexcept;

  const ElementNode& description_;
  Element& element_;
  Worker& worker_;
  const char* name_;
  bool keeps_length_;
  bool discarding_ = false;                       ///< every exit is a drop called `stopped`
  Batch* current_;                                ///< what `process` works on
  Batch* given_;                                  ///< what `poll` fills
  const std::vector<PollNeed>* needs_ = nullptr;  ///< of a node that polls: what must have room behind it
  std::vector<Route> routes_;
  std::vector<Exit> exit_table_;
  std::vector<PortIndex> used_exits_;

  std::uint64_t in_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t created_ = 0;
  std::uint64_t batches_ = 0;
  std::uint64_t cycles_ = 0;   ///< of the stamped rounds
  std::uint64_t stamped_ = 0;  ///< packets in the stamped rounds
  std::uint64_t no_buffer_ = 0;
  std::uint64_t stopped_ = 0;
};

}  // namespace ixyflow
