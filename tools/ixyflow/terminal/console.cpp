#include "tools/ixyflow/terminal/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "core/base/messages/standard_error.hpp"
#include "tools/ixyflow/terminal/style.hpp"
#include "tools/ixyflow/terminal/text.hpp"

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

/// Columns of the terminal at `fd`; where it is none, or does not know, what COLUMNS says.
std::optional<unsigned> columns_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* text = std::getenv("COLUMNS");
  unsigned columns = 0;
  if (text != nullptr && std::from_chars(text, text + std::strlen(text), columns).ec == std::errc() &&
      columns > 0)
    return columns;
  return ::isatty(fd) == 1 ? std::optional(80U) : std::nullopt;
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

void Console::say(std::string_view kind, Style style, std::string_view text) {
  constexpr std::size_t kIndent = 2;
  std::string lines = fmt::format("{} {}\n", kind, text);
  const std::size_t columns = err_is_terminal() ? err_columns() : lines.size();
  // Whoever has put ends of lines into a text knows why.
  if (lines.size() > columns && text.find('\n') == std::string_view::npos)
    lines = wrapped(lines.substr(0, lines.size() - 1), kIndent, columns).substr(kIndent);
  err(lines.replace(0, kind.size(), paint(kind, style, colour_err_)));
}

void Console::error(std::string_view text) {
  say("error:", Style::bad, text);
}

ExitCode Console::failed(const Error& why) {
  error(why.text);
  return why.code;
}

void Console::warning(std::string_view text) {
  if (!quiet_) say("warning:", Style::caution, text);
}

void Console::note(std::string_view text) {
  if (!quiet_) say("note:", Style::plain, text);
}

Console::Looks Console::looks() const {
  if (kept_) return *kept_;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  return {.out_columns = columns_of(STDOUT_FILENO),
          .err_columns = columns_of(STDERR_FILENO),
          .err_is_terminal = ::isatty(STDERR_FILENO) == 1 && !dumb};
}

bool Console::err_is_terminal() const {
  return looks().err_is_terminal;
}

unsigned Console::err_columns() const {
  return looks().err_columns.value_or(80);
}

Look Console::look() const {
  const Looks now = looks();
  const auto columns = out_is_given_away_ ? now.err_columns : now.out_columns;
  return {.colour = colour_out_, .columns = columns.value_or(Look().columns)};
}

Look Console::look_err() const {
  return {.colour = colour_err_, .columns = looks().err_columns.value_or(Look().columns)};
}

bool Console::reader_left() const noexcept {
  return out_error_ == EPIPE;
}

Result<void> Console::out_result() const {
  if (out_error_ == 0) return {};
  return fail(ExitCode::output, fmt::format("cannot write to the standard output: {}",
                                            out_was_closed_ ? "it is closed" : std::strerror(out_error_)));
}

}  // namespace ixyflow::tools
