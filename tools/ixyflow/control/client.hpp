#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"
#include "core/os/file_descriptor.hpp"
#include "tools/ixyflow/control/protocol.hpp"

namespace ixyflow::tools {

/// A conversation with a running instance. Whatever the other side does, each step takes at most 5 s.
class ControlClient {
 public:
  /// Connects and reads the greeting. Errors: unavailable (nobody listens, or no ixyflow), refused (no right
  /// to connect), again (it is busy), usage (no path of a socket).
  static Result<ControlClient> connect(const std::string& path);

  [[nodiscard]] const Greeting& greeting() const noexcept { return greeting_; }
  /// Errors: those of the method; unavailable (the instance is gone or does not answer).
  Result<Value> call(std::string_view method, const Value::Table& parameters = {});

 private:
  ControlClient(FileDescriptor socket, std::string path);
  Result<std::string> read_line();
  Result<void> write_line(std::string line);
  Result<void> wait_for(short events, std::chrono::steady_clock::time_point until) const;

  FileDescriptor socket_;
  std::string path_;
  Greeting greeting_;
  std::string input_;
};

/// One entry of the parameters of a call.
Value::Entry parameter(std::string name, Value value);
Value::Entry parameter(std::string name, std::string text);

}  // namespace ixyflow::tools
