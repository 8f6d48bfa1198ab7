#include "core/os/waiting/time_budget.hpp"

#include <algorithm>
#include <utility>

namespace ixyflow {

namespace {

thread_local TimeBudget* innermost_budget = nullptr;

}  // namespace

TimeBudget::TimeBudget(std::chrono::nanoseconds most) noexcept
    : end_(std::min(end(), std::chrono::steady_clock::now() + most)), outer_(exchange(this)) {}

TimeBudget::~TimeBudget() {
  exchange(outer_);
}

TimeBudget::Time TimeBudget::end() noexcept {
  return innermost_budget != nullptr ? innermost_budget->end_ : Time::max();
}

TimeBudget* TimeBudget::exchange(TimeBudget* innermost) noexcept {
  return std::exchange(innermost_budget, innermost);
}

void TimeBudget::shorten(TimeBudget* innermost, Time end) noexcept {
  for (TimeBudget* budget = innermost; budget != nullptr; budget = budget->outer_)
    budget->end_ = std::min(budget->end_, end);
}

}  // namespace ixyflow
