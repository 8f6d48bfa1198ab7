#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/os/file_descriptor.hpp"

namespace ixyflow::tools {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One client of the control socket: cuts what it sends into lines and gives it its replies, in bounded
/// memory and time. Nothing blocks. A client gets its next reply only when it has taken the one before.
class Connection {
 public:
  /// For the rest of a request after its first byte, and for taking a reply.
  static constexpr std::chrono::seconds kPatience{5};
  /// For going on with what keeps its place, when others want it.
  static constexpr std::chrono::milliseconds kGrace{250};

  /// Opens with `greeting`.
  Connection(FileDescriptor socket, bool may_write, const std::string& greeting, SteadyTime now);

  /// Takes what has arrived. Descriptors that came along are closed by the kernel, because nobody asks for
  /// them.
  void receive(SteadyTime now);
  /// The next whole line, without its end. None while a reply waits to be taken, or after the end.
  std::optional<std::string> take_line(SteadyTime now);
  /// Adds the end of the line and sends what the client takes now.
  void send(const std::string& line, SteadyTime now);
  /// Sends `line` and closes when it was taken; nothing more is read.
  void send_last(const std::string& line, SteadyTime now);
  /// Sends what waits.
  void flush(SteadyTime now);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] bool may_write() const noexcept { return may_write_; }
  [[nodiscard]] bool wants_input() const noexcept;
  [[nodiscard]] bool wants_output() const noexcept { return !output_.empty(); }
  /// Nothing more is read or sent.
  void break_off() noexcept { broken_ = true; }
  /// Nothing keeps its place from who wants it: it has had its answers, has sent no more than a part of a
  /// request, or has neither asked nor taken anything for kGrace.
  [[nodiscard]] bool gives_way(SteadyTime now) const noexcept;
  [[nodiscard]] SteadyTime last_word() const noexcept { return last_word_; }
  /// The end of a request has not come in time.
  [[nodiscard]] bool late(SteadyTime now) const noexcept;
  /// Nothing more can come of it: all was answered, or the client is gone or too slow.
  [[nodiscard]] bool over(SteadyTime now) const noexcept;

 private:
  [[nodiscard]] std::string_view pending() const noexcept { return std::string_view(input_).substr(taken_); }
  [[nodiscard]] bool has_request() const noexcept { return pending().find('\n') != std::string_view::npos; }

  FileDescriptor socket_;
  bool may_write_;
  bool ended_ = false;   ///< the client sends no more
  bool broken_ = false;  ///< it takes no more
  bool last_ = false;    ///< what waits is the last that it gets
  bool asked_ = false;
  std::string input_;
  std::size_t taken_ = 0;  ///< bytes of it that were handed over
  std::string output_;
  SteadyTime last_word_;
  SteadyTime input_since_;   ///< when the first byte of an unfinished line came
  SteadyTime output_since_;  ///< when what waits to be taken began to wait
};

}  // namespace ixyflow::tools
