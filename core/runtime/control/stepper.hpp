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
  /// After a round in which nothing moved: when something will happen by itself next, anywhere;
  /// Timer::kNever: never. What is due and does not happen, as of a source that gets no buffers, is passed
  /// over from the second such round on.
  [[nodiscard]] Nanoseconds next_due() noexcept;
  /// Something is due, now or later.
  [[nodiscard]] bool overdue() const noexcept;
  /// Moves the simulated clock of every worker.
  void advance_to(Nanoseconds time) noexcept;
  /// Gives the queues' buffers back, when the workers were prepared.
  void detach() noexcept;

 private:
  Assembly& assembly_;
  bool prepared_ = false;
  Nanoseconds overdue_ = Worker::kAnyTime;  ///< what was due in the last round, and did not happen
};

}  // namespace ixyflow
