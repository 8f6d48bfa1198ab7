#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"

namespace ixyflow {

/// A stretch of one line of a pipeline file, counted from 1 in characters; line 0 means that there is no
/// place in it: the whole file is meant, or the command line (kCommandLine).
struct SourceRange {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;
  friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

enum class Severity : std::uint8_t { error, warning };

/// The place of what was written on the command line, not in the file.
inline constexpr SourceRange kCommandLine{0, 0, 0};

/// One mistake: what is wrong, where, and what would be right.
struct Diagnostic {
  Severity severity = Severity::error;
  SourceRange where;
  std::string text;  ///< one line, no final stop: "unknown key 'exprs' in element 'fw' (type Filter)"
  std::string hint;  ///< printed beside the caret: "did you mean 'expr'?"; may be empty
};

/// Collects all mistakes of one file, so that a user sees them in one run. Not thread-safe; control thread
/// only.
class IXYFLOW_API Diagnostics {
 public:
  Diagnostics() = default;
  /// `file` is the name shown; `source` is the whole text, kept for the lines above the carets.
  Diagnostics(std::string file, std::string source);

  void error(SourceRange where, std::string text, std::string hint = {});
  void warning(SourceRange where, std::string text, std::string hint = {});

  [[nodiscard]] bool ok() const noexcept { return errors_ == 0; }
  [[nodiscard]] std::size_t errors() const noexcept { return errors_; }
  [[nodiscard]] std::size_t warnings() const noexcept { return entries_.size() - errors_; }
  /// In the order of the file.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

  /// The entries as the user sees them, with file:line:column, the line and a caret; after 500 only their
  /// number. With `colour`, ANSI codes.
  [[nodiscard]] std::string render(bool colour = false) const;

 private:
  std::string file_;
  std::string source_;
  std::vector<Diagnostic> entries_;
  std::size_t errors_ = 0;
};

// Defined in text/nearest_name.cpp.

/// The candidate nearest to `word` by edit distance (transpositions count as one), or an empty view when none
/// is near enough to be what was meant.
IXYFLOW_API std::string_view nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'expr'?", or "" when nothing is near.
IXYFLOW_API std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// `text` with what may be done about it: "there is no port 'lna'; did you mean 'lan'?"; without a hint the
/// text alone.
IXYFLOW_API std::string with_hint(std::string text, std::string_view hint);

/// `text` with control characters, escapes and bytes that are not UTF-8 shown as \xNN, so that neither a file
/// nor a packet can drive the user's terminal. At most `limit` characters, then "...".
IXYFLOW_API std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace ixyflow
