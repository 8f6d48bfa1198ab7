#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Numbers and sentences as the program shows them.

#include "core/base/text/thousands.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// Columns that a line of sentences has at most: longer ones are hard to read.
inline constexpr std::size_t kProseWidth = 100;
/// Columns where nobody says how many there are.
inline constexpr std::size_t kUnknownWidth = 80;
/// Columns for lines of sentences.
constexpr std::size_t prose_columns(Look look) {
  return look.columns == Look().columns ? kUnknownWidth : std::min(look.columns, kProseWidth);
}

/// "1.23" with `digits` digits behind the point; "-" for 0, which stands for "not measured".
std::string measured(double number, int digits);
/// Three digits and the unit's prefix, for the eye: "14.9 Mpps", "1.2 Gbit/s"; `show(Rate)` is exact.
std::string scaled(double number, std::string_view unit);
/// "2.2 MiB", for the eye; `show(ByteSize)` is exact.
std::string memory_size(std::uint64_t bytes);
/// "1 ring", "2 rings".
std::string plural(std::uint64_t count, std::string_view noun);
/// `text` cut in its middle to at most `width` characters: "a-very..name".
std::string shortened(std::string_view text, std::size_t width);
/// Lines that another program sent, as they may go to a terminal: what could command it is shown as bytes
/// ("\x1b"), but for colours (`ESC [ 1;31 m`, ECMA-48 8.3.117) where they were asked for.
std::string harmless(std::string_view text, bool colours);
/// Lines of `text`, broken at spaces at `width` columns, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = kProseWidth);

/// "NAME: text", the name as a heading.
std::string titled(std::string_view name, std::string_view text, Look look);

}  // namespace ixyflow::tools
