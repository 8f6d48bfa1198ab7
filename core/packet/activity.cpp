#include "core/packet/activity.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/packet/checks.hpp"

namespace ixyflow {

namespace {

thread_local const ActivityMark* innermost = nullptr;

}  // namespace

ActivityMark::ActivityMark(std::string_view owner) noexcept {
  *fmt::format_to_n(owner_.data(), owner_.size() - 1, "{}", owner).out = '\0';
  begin();
}

ActivityMark::ActivityMark(std::string_view kind, std::string_view name) noexcept {
  *fmt::format_to_n(owner_.data(), owner_.size() - 1, "{} '{}'", kind, name).out = '\0';
  begin();
}

ActivityMark::ActivityMark(const char* owner) noexcept : name_(owner) {
  begin();
}

void ActivityMark::begin() noexcept {
  outer_activity_ = std::exchange(detail::current_activity, &name_);
  outer_ = std::exchange(innermost, this);
}

ActivityMark::~ActivityMark() {
  innermost = outer_;
  detail::current_activity = outer_activity_;
}

const char* ActivityMark::current() noexcept {
  return innermost != nullptr ? innermost->name_ : nullptr;
}

}  // namespace ixyflow
