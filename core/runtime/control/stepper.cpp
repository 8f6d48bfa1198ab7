#include "core/runtime/control/stepper.hpp"

#include <algorithm>

#include "core/runtime/report/crash.hpp"

namespace ixyflow {

void Stepper::prepare() {
  for (const auto& worker : assembly_.workers) {
    const WorkerMark mark(*worker);
    worker->enter_thread();
    worker->prepare();
  }
  prepared_ = true;
}

bool Stepper::round(Phase phase) {
  bool moved = false;
  for (const auto& worker : assembly_.workers) {
    const WorkerMark mark(*worker);
    worker->enter_thread();
    moved |= worker->round(phase);
  }
  return moved;
}

Nanoseconds Stepper::next_due() noexcept {
  const auto earliest = [this](bool later) {
    Nanoseconds due = Timer::kNever;
    for (const auto& worker : assembly_.workers)
      due = std::min(due, worker->next_due(later ? worker->clock().now() : Worker::kAnyTime));
    return due;
  };
  const Nanoseconds due = earliest(false);
  if (due == overdue_) return earliest(true);
  overdue_ = due;
  return due;
}

bool Stepper::overdue() const noexcept {
  return std::ranges::any_of(assembly_.workers,
                             [](const auto& worker) { return worker->next_due() != Timer::kNever; });
}

void Stepper::advance_to(Nanoseconds time) noexcept {
  for (const auto& worker : assembly_.workers) worker->clock().advance_to(time);
}

void Stepper::detach() noexcept {
  if (!prepared_) return;
  for (const auto& worker : assembly_.workers) worker->detach();
}

}  // namespace ixyflow
