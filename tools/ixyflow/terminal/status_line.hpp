#pragma once

#include <string>

namespace ixyflow::tools {

class Console;

/// The line that shows a run at work: on the last line of a terminal, written anew again and again, erased
/// before anything else is written. Does nothing where the standard error is no terminal.
class StatusLine {
 public:
  explicit StatusLine(Console& console);
  ~StatusLine() { erase(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  [[nodiscard]] bool active() const noexcept { return active_; }
  void show(const std::string& text);
  void erase();

 private:
  Console& console_;
  bool active_;
  bool shown_ = false;
};

}  // namespace ixyflow::tools
