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

Nanoseconds Stepper::next_due() const noexcept {
  Nanoseconds due = Timer::kNever;
  for (const auto& worker : assembly_.workers) due = std::min(due, worker->next_due());
  return due;
}

void Stepper::advance_to(Nanoseconds time) noexcept {
  for (const auto& worker : assembly_.workers) worker->clock().advance_to(time);
}

void Stepper::detach() noexcept {
  if (!prepared_) return;
  for (const auto& worker : assembly_.workers) worker->detach();
}

}  // namespace ixyflow
