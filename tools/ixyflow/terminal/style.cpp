#include "tools/ixyflow/terminal/style.hpp"

#include <fmt/format.h>

#include <array>

namespace ixyflow::tools {

std::string paint(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return std::string(text);
  const char* code = "";
  switch (style) {
    case Style::plain:
      break;
    case Style::heading:
      code = "1";
      break;
    case Style::good:
      code = "32";
      break;
    case Style::bad:
      code = "1;31";
      break;
    case Style::caution:
      code = "33";
      break;
    case Style::faint:
      code = "2";
      break;
  }
  return fmt::format("\x1b[{}m{}{}", code, text, kNoColour);
}

std::string_view group_colour(std::size_t group) {
  // Without those that stand for good and bad; legible on bright and on dark backgrounds.
  static constexpr std::array<std::string_view, 6> kColours{"\x1b[36m", "\x1b[35m",   "\x1b[33m",
                                                            "\x1b[34m", "\x1b[1;36m", "\x1b[1;35m"};
  return kColours[group % kColours.size()];
}

}  // namespace ixyflow::tools
