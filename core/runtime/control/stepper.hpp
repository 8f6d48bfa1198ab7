#pragma once

#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/engine/phase.hpp"

namespace ixyflow {

/// The workers of a run without threads: one round of each in turn, on the control thread.
class Stepper {
 public:
  explicit Stepper(Assembly& assembly) : assembly_(assembly) {}

  /// Prepares the workers, once, before the first round.
  void prepare();
  [[nodiscard]] bool prepared() const noexcept { return prepared_; }
  /// True when a packet moved.
  bool round(Phase phase);
  /// When something will happen by itself next, anywhere; Timer::kNever: never.
  [[nodiscard]] Nanoseconds next_due() const noexcept;
  /// Moves the simulated clock of every worker.
  void advance_to(Nanoseconds time) noexcept;
  /// Gives the queues' buffers back, when the workers were prepared.
  void detach() noexcept;

 private:
  Assembly& assembly_;
  bool prepared_ = false;
};

}  // namespace ixyflow
