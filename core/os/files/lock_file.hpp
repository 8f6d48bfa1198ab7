#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow {

/// A lock that one process has at a time, and that goes with it: flock(2) on a file that no other user may
/// open. Who has a copy of the descriptor has the lock, too, until the owner gives it up or all copies are
/// closed. Control thread.
class IXYFLOW_API LockFile {
 public:
  /// Takes the lock called `name`, a file of `directory`, which is made if need be
  /// (prepare_runtime_directory). Waits for the rest of a process that is gone already, as for its guardian,
  /// at most `patience`; for one that lives it does not. Errors: again (somebody has it), output (no such
  /// file can be made).
  static Result<LockFile> take(const std::string& directory, std::string_view name,
                               std::chrono::milliseconds patience);
  /// Whether somebody has it. False also where this user may not look.
  static bool taken(const std::string& directory, std::string_view name) noexcept;

  ~LockFile();
  LockFile(LockFile&&) noexcept = default;
  LockFile& operator=(LockFile&&) = delete;

  [[nodiscard]] int fd() const noexcept { return file_.get(); }

 private:
  LockFile(FileDescriptor file, std::string path) noexcept : file_(std::move(file)), path_(std::move(path)) {}

  FileDescriptor file_;
  std::string path_;
};

}  // namespace ixyflow
