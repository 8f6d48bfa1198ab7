#pragma once

#include "core/base/rights.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow {

/// A Landlock rule set: which files may be opened. Files that are open already are not its business.
class FileLimits {
 public:
  enum class Kind {
    kept,      ///< nothing but what `Rights` name; no TCP
    no_write,  ///< everything may be read, nothing written, made, removed or executed
  };
  /// Makes the rules. Errors show in `error`: ENOSYS or EOPNOTSUPP where the kernel has no Landlock. What the
  /// rights name and is not there is passed over.
  FileLimits(Kind kind, const Rights& kept);

  /// For the rest of the calling thread's life and of those that it starts, which can get no new rights by
  /// then. 0 or an errno. Async-signal-safe.
  [[nodiscard]] int apply() const noexcept;
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  FileDescriptor rules_;
  int error_ = 0;
};

}  // namespace ixyflow
