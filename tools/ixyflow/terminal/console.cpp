#include "tools/ixyflow/terminal/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/base/messages/standard_error.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {
namespace {

/// Writes all of `text`; the errno of a failure, else 0.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool environment_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// The order of precedence that users know from other programs: NO_COLOR, CLICOLOR_FORCE, TERM, terminal.
bool wants_colour(ColourChoice choice, int fd) {
  if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
  if (environment_set("NO_COLOR")) return false;
  if (environment_set("CLICOLOR_FORCE") && std::strcmp(std::getenv("CLICOLOR_FORCE"), "0") != 0) return true;
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::strcmp(terminal, "dumb") != 0 && ::isatty(fd) == 1;
}

}  // namespace

bool Console::adopt_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    if (fd == STDOUT_FILENO) out_was_closed_ = true;
    // The lowest free number is the one wanted, because those below it are open by now.
    if (::open("/dev/null", O_RDWR) != fd) return false;
  }
  return true;
}

void Console::set_colour(ColourChoice choice) {
  colour_out_ = wants_colour(choice, STDOUT_FILENO);
  colour_err_ = wants_colour(choice, STDERR_FILENO);
}

bool Console::give_away_out() {
  out_is_given_away_ = true;
  colour_out_ = colour_err_;
  return !out_was_closed_;
}

void Console::out(std::string_view text) {
  if (out_is_given_away_) return err(text);
  if (text.empty() || out_error_ != 0) return;
  // Both often lead to one terminal.
  flush_standard_error();
  // What stands at the number of a closed descriptor takes everything; the caller must not believe that it
  // was read.
  out_error_ = out_was_closed_ ? EBADF : write_all(STDOUT_FILENO, text);
}

void Console::err(std::string_view text) {
  write_standard_error(text);
}

void Console::error(std::string_view text) {
  err(fmt::format("{} {}\n", paint("error:", Style::bad, colour_err_), text));
}

ExitCode Console::failed(const Error& why) {
  error(why.text);
  return why.code;
}

void Console::warning(std::string_view text) {
  if (!quiet_) err(fmt::format("{} {}\n", paint("warning:", Style::caution, colour_err_), text));
}

void Console::note(std::string_view text) {
  if (!quiet_) err(fmt::format("note: {}\n", text));
}

bool Console::err_is_terminal() const {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

unsigned Console::err_columns() const {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Result<void> Console::out_result() const {
  if (out_error_ == 0) return {};
  return fail(ExitCode::output, fmt::format("cannot write to the standard output: {}",
                                            out_was_closed_ ? "it is closed" : std::strerror(out_error_)));
}

}  // namespace ixyflow::tools
