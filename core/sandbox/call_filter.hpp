#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/sandbox/system_calls.hpp"

namespace ixyflow {

/// A seccomp filter: the system calls that a role may make; all others fail with EPERM and are noted, see
/// refused_calls.hpp. In builds with sanitizers it lets everything pass, because they do what no list knows.
class CallFilter {
 public:
  /// Makes the filter; what goes wrong, `apply` tells. `may_kill`: a child that may be killed.
  explicit CallFilter(ThreadRole role, std::optional<pid_t> may_kill = std::nullopt);

  enum class Reach : std::uint8_t { this_thread, all_threads };
  /// For the rest of a thread's life, or of all threads of the process, which can get no new rights from then
  /// on. 0 or an errno: ENOSYS or EINVAL where the kernel has no filters. Async-signal-safe.
  [[nodiscard]] int apply(Reach reach) const noexcept;

 private:
  std::vector<sock_filter> program_;
  int error_ = 0;
};

}  // namespace ixyflow
