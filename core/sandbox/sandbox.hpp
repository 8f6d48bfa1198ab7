#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/rights.hpp"
#include "core/sandbox/call_filter.hpp"
#include "core/sandbox/file_limits.hpp"

namespace ixyflow {

/// Takes from a process that has all it needs open what it does not need any more: capabilities, system
/// calls, and files that it could open. What this kernel does not have, or refuses, is left out and said.
class Sandbox {
 public:
  /// Makes the rules; nobody is restricted yet. Control thread.
  explicit Sandbox(const Rights& kept);

  /// Restricts the calling control thread, and what all other threads may call. Once, before any
  /// `enter_worker`.
  void enter_control();
  /// Restricts the calling worker, which is past its preparations.
  void enter_worker() noexcept;

  /// What is not in force, and why: "files: Function not implemented". Any thread.
  [[nodiscard]] std::vector<std::string> missing() const;

 private:
  enum Part : std::uint8_t { kCapabilities, kFiles, kCalls, kParts };
  void restrict_rights() noexcept;
  void note(Part part, int error) noexcept;

  std::uint64_t capabilities_;
  FileLimits files_;
  CallFilter control_{ThreadRole::control};
  CallFilter worker_{ThreadRole::worker};
  std::atomic<int> errors_[kParts]{};  ///< 0: in force
};

/// For commands that only look at files: from now on this process, which must have one thread, can read and
/// do nothing else: no write, no network, no program, no signal to others but SIGKILL to `may_kill`, no
/// capability but the one to read all files. Error (refused): the kernel has no filter of system calls.
Result<void> enter_looking_sandbox(std::optional<pid_t> may_kill = std::nullopt);

}  // namespace ixyflow
