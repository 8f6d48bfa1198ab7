#pragma once

#include <cstdint>

namespace ixyflow::test {

/// While it lives, the `nth` allocation of this thread from now on (from 1) finds no memory, whoever makes
/// it.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::uint64_t nth) noexcept;
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// Whether this build can do it: not beside a sanitizer, whose allocator it is.
  static bool possible() noexcept;
  /// Whether it has come to that.
  [[nodiscard]] bool failed() const noexcept;
};

}  // namespace ixyflow::test
