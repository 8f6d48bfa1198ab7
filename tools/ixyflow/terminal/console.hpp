#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// When colours are used: `--color`.
enum class ColourChoice : std::uint8_t { automatic, always, never };

/// The standard streams of the program. Results go to `out`, everything else to `err`. A write that fails is
/// remembered and becomes exit code 74; nothing throws. Control thread only.
class Console {
 public:
  /// Opens /dev/null in place of the descriptors 0 to 2 that are closed, so that no file or socket can take
  /// their number and get the program's messages; false when that is impossible.
  bool adopt_standard_streams();

  void set_colour(ColourChoice choice);
  /// Warnings are not shown either.
  void set_quiet(bool quiet) noexcept { quiet_ = quiet; }
  [[nodiscard]] bool quiet() const noexcept { return quiet_; }

  /// The standard output is for something else: results go to the standard error from now on. False: there is
  /// no standard output.
  [[nodiscard]] bool give_away_out();

  void out(std::string_view text);
  void err(std::string_view text);
  /// "error: text", "warning: text", "note: text" on the standard error; --quiet leaves the last two out. One
  /// line each, but where it would be wider than the terminal.
  void error(std::string_view text);
  void warning(std::string_view text);
  void note(std::string_view text);
  /// Shows the error; its exit code.
  ExitCode failed(const Error& why);

  [[nodiscard]] bool colour_out() const noexcept { return colour_out_; }
  /// How results are to look: as wide as the terminal on the standard output, else as COLUMNS in the
  /// environment says, else without a limit.
  [[nodiscard]] Look look() const;
  /// The same for the standard error.
  [[nodiscard]] Look look_err() const;
  [[nodiscard]] bool colour_err() const noexcept { return colour_err_; }
  /// From now on the streams may be pipes to a process that hands on what is written there: results go on to
  /// look as now.
  void keep_looks() { kept_ = looks(); }
  /// Whether somebody looks at the standard error, and columns that it has (80 where unknown).
  [[nodiscard]] bool err_is_terminal() const;
  [[nodiscard]] unsigned err_columns() const;

  /// Whether who read the standard output went away, as `head` does when it has seen enough.
  [[nodiscard]] bool reader_left() const noexcept;
  /// What went wrong on the standard output. Error (output).
  [[nodiscard]] Result<void> out_result() const;

 private:
  /// What the streams lead to.
  struct Looks {
    std::optional<unsigned> out_columns;
    std::optional<unsigned> err_columns;
    bool err_is_terminal = false;
  };
  [[nodiscard]] Looks looks() const;

  void say(std::string_view kind, Style style, std::string_view text);

  bool out_was_closed_ = false;
  bool out_is_given_away_ = false;
  int out_error_ = 0;  ///< errno of the first write that failed
  bool quiet_ = false;
  bool colour_out_ = false;
  bool colour_err_ = false;
  std::optional<Looks> kept_;
};

}  // namespace ixyflow::tools
