#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/element/element.hpp"
#include "core/element/outputs.hpp"
#include "core/graph/pipeline.hpp"
#include "core/runtime/engine/route.hpp"
#include "core/runtime/engine/sink.hpp"
#include "core/runtime/engine/snapshot.hpp"
#include "core/runtime/engine/worker_context.hpp"

namespace ixyflow {

/// One copy of an element at work on its core: its exits, its statistics, and the hand-over of batches. On
/// the worker's thread.
class Node final : public Outputs {
 public:
  /// Runs `element`, a copy of that of `description`; both must outlive the node, and so must `context`.
  /// Exits lead nowhere (drop) until `connect`.
  Node(const ElementNode& description, Element& element, WorkerContext& context, std::uint32_t burst);

  void connect(PortIndex output, const Route& route) { routes_[output] = route; }
  /// Where packets come from that the element makes or copies.
  void allocate_from(Mempool& pool) noexcept { pool_ = &pool; }
  /// The element is to give out at most so many packets at once.
  void limit_burst(std::uint32_t burst) noexcept { burst_ = burst; }
  /// Of a node that polls: what must have room behind it, for `room`. `needs` must outlive the node.
  void set_needs(const std::vector<PollNeed>& needs) noexcept { needs_ = &needs; }
  /// From now on every exit is a drop called `stopped`, or no longer.
  void set_discarding(bool discarding) noexcept { discarding_ = discarding; }

  /// Lets the element prepare. Throws std::runtime_error with its name for whatever it throws.
  void prepare();
  /// Lets the element see that a live parameter has another value.
  void update() noexcept;
  /// Lets the element work on the pending batch of one of its inlets, which holds at least one packet.
  void process(Inlet& inlet) noexcept;
  /// Lets the element give out packets by itself; returns how many left it.
  std::uint64_t poll() noexcept;
  void tick(Timer& timer) noexcept;
  /// Lets the element give out what it holds; returns how many packets left it.
  std::uint64_t flush() noexcept;

  // Outputs
  void forward(PortIndex exit, Batch& batch) noexcept override;
  void split(Batch& batch, const PortIndex* exits) noexcept override;
  Batch& batch() noexcept override { return *to_fill_; }
  void received(std::uint32_t count) noexcept override { counts_.received += count; }
  std::uint32_t room(PortIndex output) const noexcept override;
  void print(std::string_view line) noexcept override;

  [[nodiscard]] const ElementNode& description() const noexcept { return description_; }
  [[nodiscard]] Element& element() noexcept { return element_; }
  [[nodiscard]] const Element& element() const noexcept { return element_; }
  /// What the worker's CycleMeter calls the element.
  [[nodiscard]] const char* name() const noexcept { return cost_.name; }
  /// What the element works on, or fills, at the moment.
  [[nodiscard]] const Batch& batch_at_work() const noexcept {
    return to_process_->empty() ? *to_fill_ : *to_process_;
  }

  /// Its statistics before anything was counted, in which `snapshot` finds room for all that it has.
  [[nodiscard]] ElementSnapshot blank_snapshot() const;
  /// Copies its statistics, and allocates nothing.
  void snapshot(ElementSnapshot& into) const noexcept;
  /// Exits that exist, in the order in which they are shown: outputs, then drops.
  [[nodiscard]] const std::vector<PortIndex>& used_exits() const noexcept { return used_exits_; }

 private:
  /// Whose a batch is that an element forwards. The runtime's own batches change hands by a swap of pointers;
  /// one of the element's own (a member of it) stays where it is.
  enum class Owner : std::uint8_t { runtime_to_process, runtime_to_fill, element };
  [[nodiscard]] Owner owner_of(const Batch& batch) const noexcept {
    if (&batch == to_process_) return Owner::runtime_to_process;
    return &batch == to_fill_ ? Owner::runtime_to_fill : Owner::element;
  }

  /// Packets that have left so far, by any exit.
  [[nodiscard]] std::uint64_t moved() const noexcept;
  /// Packets that a port has taken so far.
  [[nodiscard]] std::uint64_t sent() const noexcept;
  [[nodiscard]] bool exists(PortIndex exit) const noexcept;
  /// Ends the process: the element asked for an exit that it does not have.
  [[noreturn]] void refuse(PortIndex exit) const noexcept;
  void deliver(PortIndex exit) noexcept override;
  void forward_own(PortIndex exit, Batch& batch) noexcept;
  void hand_over(PortIndex exit, Batch*& batch) noexcept;
  void go(const Route& route, Batch*& batch) noexcept;
  void to_steering(FlowSteering& steering, Batch& batch) noexcept;
  void to_inlet(Inlet& inlet, Batch*& batch) noexcept;
  void to_ring(Ring& ring, Batch& batch) noexcept;
  void discard(Batch& batch) noexcept;
  void run(Inlet& inlet) noexcept;
  void run_watched(Inlet& inlet) noexcept;
  void run_traced(Inlet& inlet) noexcept;
  void end_call() noexcept;
  void watch_exit(PortIndex exit, Batch& batch) noexcept;
  void check_owned(Batch& batch) noexcept;
  void trace_exit(PortIndex exit, const Batch& batch) noexcept;
  void check_conservation() noexcept;

  const ElementNode& description_;
  Element& element_;
  WorkerContext& context_;
  ElementCost cost_;
  bool keeps_length_;
  bool receives_ = false;  ///< from a port
  bool watched_;           ///< an element from a plugin, or packets are traced
  bool discarding_ = false;
  Batch* to_process_;  ///< what `process` works on
  Batch* to_fill_;     ///< what `poll` fills
  const std::vector<PollNeed>* needs_ = nullptr;
  std::vector<Route> routes_;
  std::vector<Exit> exit_table_;
  std::vector<PortIndex> used_exits_;

  ElementCounts counts_;
  std::uint64_t own_left_ = 0;  ///< of a plugin's element: packets that left it and had not come in
};

}  // namespace ixyflow
