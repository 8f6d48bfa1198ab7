#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/packet/checks.hpp"

namespace ixyflow {

/// As long as it lives, this thread is in the code of `owner`, for the reports that
/// `detail::current_activity` is there for. For the control thread; a worker points there once and for all.
class ActivityMark {
 public:
  explicit ActivityMark(std::string_view owner)
      : owner_(owner), name_(owner_.c_str()), outer_(std::exchange(detail::current_activity, &name_)) {}
  ~ActivityMark() { detail::current_activity = outer_; }
  ActivityMark(const ActivityMark&) = delete;
  ActivityMark& operator=(const ActivityMark&) = delete;

 private:
  std::string owner_;
  const char* name_;
  const char* const* outer_;
};

}  // namespace ixyflow
