#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow::tools {

/// A program that makes one text of another. It can be started long before it gets its input, by a process
/// that will not be able to start any later.
class FilterProgram {
 public:
  /// `arguments[0]` is found by PATH. Errors: unavailable (no such program), internal.
  static Result<FilterProgram> start(const std::vector<std::string>& arguments);
  FilterProgram(FilterProgram&& other) noexcept
      : name_(std::move(other.name_)),
        process_(std::exchange(other.process_, 0)),
        to_(std::move(other.to_)),
        from_(std::move(other.from_)) {}
  FilterProgram& operator=(FilterProgram&&) = delete;
  /// Kills it if it was not run.
  ~FilterProgram();

  [[nodiscard]] pid_t process() const noexcept { return process_; }
  /// Gives it `input` and returns what it wrote to its standard output, of which there may be `limit` bytes.
  /// Once. When it takes longer than `timeout` it is killed. Error (internal): it failed, or did not keep
  /// within the limits.
  Result<std::string> run(const std::string& input, Duration timeout, std::size_t limit);

 private:
  explicit FilterProgram(std::string name) : name_(std::move(name)) {}
  int wait() noexcept;

  std::string name_;
  pid_t process_ = 0;  ///< 0: not running
  FileDescriptor to_;
  FileDescriptor from_;
};

}  // namespace ixyflow::tools
