#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ixyflow::tools {

/// What a piece of text is; `paint` knows how that looks.
enum class Style : std::uint8_t { plain, heading, good, bad, caution, faint };

/// `text` in the look of `style`, or as it is without `colour`.
std::string paint(std::string_view text, Style style, bool colour);

}  // namespace ixyflow::tools
