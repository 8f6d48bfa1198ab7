#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow {

/// A text, and where in the file each of its bytes comes from.
struct LocatedText {
  std::string text;
  std::vector<SourceRange> at;  ///< one per byte of `text`, and one for its end

  /// The stretch from byte `begin` to before byte `end`; where it is more than one line, its start.
  [[nodiscard]] SourceRange range(std::size_t begin, std::size_t end) const;
};

/// Finds lines of a text by their number.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);
  /// The text from line `line` (from 1) on, to the end of the file.
  [[nodiscard]] std::string_view from(std::uint32_t line) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

/// A text that stands in the file as it is, from its beginning on.
LocatedText locate(std::string text);

/// Where the characters of `decoded` stand, which the parser made from the string at `where`: escapes, the
/// kinds of quotes and line ends are taken into account.
LocatedText locate(const LineIndex& lines, SourceRange where, std::string decoded);

}  // namespace ixyflow
