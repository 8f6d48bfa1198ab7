#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace ixyflow::tools {

/// How a text is to look where it goes to.
struct Look {
  bool colour = false;
  std::size_t columns = std::numeric_limits<std::size_t>::max();  ///< that a line may have
};

/// What a piece of text is; `paint` knows how that looks.
enum class Style : std::uint8_t { plain, heading, good, bad, caution, faint };

/// `text` in the look of `style`, or as it is without `colour`.
std::string paint(std::string_view text, Style style, bool colour);

/// The escape sequence that begins the colour of group `group` (a core, say); groups far apart share one.
std::string_view group_colour(std::size_t group);
/// The escape sequence that ends every colour.
inline constexpr std::string_view kNoColour = "\x1b[0m";

}  // namespace ixyflow::tools
