#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ixyflow::tools {

/// Characters in rows and columns, as many as are written.
class Canvas {
 public:
  void put(std::size_t x, std::size_t y, std::string_view text) {
    if (y >= lines_.size()) lines_.resize(y + 1);
    if (lines_[y].size() < x + text.size()) lines_[y].resize(x + text.size(), ' ');
    lines_[y].replace(x, text.size(), text);
  }
  [[nodiscard]] char at(std::size_t x, std::size_t y) const {
    return y < lines_.size() && x < lines_[y].size() ? lines_[y][x] : ' ';
  }
  void horizontal(std::size_t from, std::size_t to, std::size_t y, char line) {
    for (std::size_t x = from; x < to; ++x)
      if (at(x, y) == ' ' || at(x, y) == '-' || at(x, y) == '=') put(x, y, std::string(1, line));
  }
  void vertical(std::size_t x, std::size_t from, std::size_t to) {
    for (std::size_t y = std::min(from, to) + 1; y < std::max(from, to); ++y)
      if (at(x, y) != '+') put(x, y, "|");
  }
  [[nodiscard]] std::string text() const {
    std::string result;
    for (const std::string& line : lines_) result += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return result;
  }

 private:
  std::vector<std::string> lines_;
};

}  // namespace ixyflow::tools
