#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace ixyflow::tools {

/// The colours of what stands together, on a bright and on a dark background.
struct Hue {
  std::string_view fill;
  std::string_view line;
  std::string_view dark_fill;
  std::string_view dark_line;
};

inline constexpr std::array<Hue, 6> kHues{{{"#dbeafe", "#1d4ed8", "#172f55", "#60a5fa"},
                                           {"#ffedd5", "#c2410c", "#45280f", "#fb923c"},
                                           {"#dcfce7", "#15803d", "#12351f", "#4ade80"},
                                           {"#f3e8ff", "#7e22ce", "#33204a", "#c084fc"},
                                           {"#fce7f3", "#be185d", "#431c31", "#f472b6"},
                                           {"#ccfbf1", "#0f766e", "#0f3733", "#2dd4bf"}}};
/// Of what runs everywhere on one core.
inline constexpr Hue kPlainHue{"#f6f8fa", "#57606a", "#21262d", "#8b949e"};

inline constexpr std::string_view kInk = "#1f2328";      ///< of letters and lines
inline constexpr std::string_view kDarkInk = "#e6edf3";  ///< the same on a dark background
inline constexpr std::string_view kDarkPaper = "#0d1117";
inline constexpr std::string_view kDropInk = "#b42318";
inline constexpr std::string_view kDarkDropInk = "#ff8a80";

}  // namespace ixyflow::tools
