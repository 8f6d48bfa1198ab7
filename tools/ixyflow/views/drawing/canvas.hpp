#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// Characters on rows and columns, which grow as needed. Lines are drawn in this order, so that what crosses
/// does not touch: horizontal ones, vertical ones over them, corners last.
class Canvas {
 public:
  static constexpr std::size_t kPlain = static_cast<std::size_t>(-1);

  /// `group`: what is coloured alike.
  void put(std::size_t x, std::size_t y, std::string_view text, std::size_t group = kPlain) {
    for (std::size_t i = 0; i < text.size(); ++i) cell(x + i, y) = {text[i], group};
  }
  void horizontal(std::size_t from, std::size_t to, std::size_t y, char line) {
    for (std::size_t x = from; x < to; ++x) cell(x, y).character = line;
  }
  void vertical(std::size_t x, std::size_t from, std::size_t to) {
    for (std::size_t y = from; y <= to; ++y) cell(x, y).character = '|';
  }
  [[nodiscard]] std::string text(bool colour) const {
    std::string result;
    for (const auto& row : rows_) result += line_text(row, colour) + "\n";
    return result;
  }

 private:
  struct Cell {
    char character = ' ';
    std::size_t group = kPlain;
  };

  Cell& cell(std::size_t x, std::size_t y) {
    if (rows_.size() <= y) rows_.resize(y + 1);
    if (rows_[y].size() <= x) rows_[y].resize(x + 1);
    return rows_[y][x];
  }
  static std::string line_text(const std::vector<Cell>& row, bool colour) {
    std::string result;
    std::size_t group = kPlain;
    for (const Cell& cell : row) {
      if (colour && cell.group != group) {
        if (group != kPlain) result += kNoColour;
        if (cell.group != kPlain) result += group_colour(cell.group);
        group = cell.group;
      }
      result += cell.character;
    }
    if (group != kPlain) result += kNoColour;
    return result.substr(0, result.find_last_not_of(' ') + 1);
  }

  std::vector<std::vector<Cell>> rows_;
};

}  // namespace ixyflow::tools
