#include "tools/ixyflow/terminal/status_line.hpp"

#include <unistd.h>

#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

/// A job in the background of a shell does not write over what somebody types.
bool in_foreground() {
  const pid_t group = ::tcgetpgrp(STDERR_FILENO);
  return group < 0 || group == ::getpgrp();
}

}  // namespace

StatusLine::StatusLine(Console& console)
    : console_(console), active_(console.err_is_terminal() && !console.quiet()) {}

void StatusLine::show(const std::string& text) {
  if (!active_ || !in_foreground()) return;
  // The last column stays free: a terminal may go to the next line when it is filled.
  const std::size_t columns = console_.err_columns();
  console_.err("\r" + text.substr(0, columns > 1 ? columns - 1 : 0) + "\x1b[K");
  shown_ = true;
}

void StatusLine::erase() {
  if (shown_) console_.err("\r\x1b[K");
  shown_ = false;
}

}  // namespace ixyflow::tools
