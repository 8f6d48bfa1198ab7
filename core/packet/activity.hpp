#pragma once

#include <array>
#include <string_view>

#include "core/base/api.hpp"

namespace ixyflow {

/// As long as it lives, this thread is in the code of `owner`, for the reports that
/// `detail::current_activity` is there for, and those of crashes. For the control thread; a worker points
/// there once and for all.
class IXYFLOW_API ActivityMark {
 public:
  /// What is longer than a line is cut.
  explicit ActivityMark(std::string_view owner) noexcept;
  /// Of "resource" and "routes": resource 'routes'.
  ActivityMark(std::string_view kind, std::string_view name) noexcept;
  /// Without a copy, for what is done often: `owner` must outlive it.
  explicit ActivityMark(const char* owner) noexcept;
  ~ActivityMark();
  ActivityMark(const ActivityMark&) = delete;
  ActivityMark& operator=(const ActivityMark&) = delete;

  /// The owner of the innermost one of this thread; null: there is none. Async-signal-safe.
  [[nodiscard]] static const char* current() noexcept;

 private:
  void begin() noexcept;

  std::array<char, 160> owner_;  ///< where there is a copy
  const char* name_ = owner_.data();
  const char* const* outer_activity_ = nullptr;
  const ActivityMark* outer_ = nullptr;
};

}  // namespace ixyflow
