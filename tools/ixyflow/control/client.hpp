#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"
#include "core/os/file_descriptor.hpp"
#include "tools/ixyflow/control/protocol.hpp"

namespace ixyflow::tools {

/// How the error of a socket ends that nobody listens at any more.
inline constexpr std::string_view kNobodyListens = "no instance listens there any more";

/// A conversation with a running instance. Whatever the other side does, each step takes at most `patience`.
class ControlClient {
 public:
  /// Connects and reads the greeting. Errors: unavailable (nobody listens, or no ixyflow), refused (no right
  /// to connect), again (it is busy), usage (no path of a socket).
  static Result<ControlClient> connect(const std::string& path,
                                       std::chrono::milliseconds patience = kPatience);
  static constexpr std::chrono::milliseconds kPatience{5000};

  [[nodiscard]] const Greeting& greeting() const noexcept { return greeting_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Errors: those of the method; unavailable (the instance is gone or does not answer).
  Result<Value> call(std::string_view method, const Value::Table& parameters = {});

 private:
  ControlClient(FileDescriptor socket, std::string path, std::chrono::milliseconds patience);
  Result<std::string> read_line();
  Result<void> write_line(std::string line);
  Result<void> wait_for(short events, std::chrono::steady_clock::time_point until) const;

  FileDescriptor socket_;
  std::string path_;
  std::chrono::milliseconds patience_;
  Greeting greeting_;
  std::string input_;
};

/// One entry of the parameters of a call.
Value::Entry parameter(std::string name, Value value);
Value::Entry parameter(std::string name, std::string text);

}  // namespace ixyflow::tools
