#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/ixyflow/terminal/style.hpp"
#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {

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

}  // namespace ixyflow::tools
