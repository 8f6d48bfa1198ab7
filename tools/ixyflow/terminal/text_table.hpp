#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {

/// Columns that a table of the program may have at most.
inline constexpr std::size_t kTableWidth = 100;

/// Rows of text in aligned columns, two spaces between them. Texts that would make a row wider than 100
/// columns are cut in the middle of the widest column that holds words, so that numbers are never cut.
class TextTable {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string heading;
    Align align = Align::left;
  };

  explicit TextTable(std::vector<Column> columns);

  /// One text per column; missing ones are empty.
  void add(std::vector<std::string> cells, Style style = Style::plain);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// The heading, then the rows, every line ended. A column without any text is left out.
  [[nodiscard]] std::string render(bool colour, std::size_t width = kTableWidth) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Style style;
  };
  [[nodiscard]] std::vector<std::size_t> column_widths(std::size_t width) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells,
                                 const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// 1234567 as "1,234,567".
std::string thousands(std::uint64_t number);
/// "1.23" with `digits` digits behind the point; "-" for 0, which stands for "not measured".
std::string measured(double number, int digits);
/// Three digits and the unit's prefix: "14.9 Mpps", "1.2 Gbit/s".
std::string scaled(double number, std::string_view unit);
/// "2.2 MiB".
std::string memory_size(std::uint64_t bytes);
/// "1 ring", "2 rings".
std::string plural(std::uint64_t count, std::string_view noun);
/// `text` cut in its middle to at most `width` characters: "a-very..name".
std::string shortened(std::string_view text, std::size_t width);
/// Lines of `text`, broken at spaces at `width` columns, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = kTableWidth);

}  // namespace ixyflow::tools
