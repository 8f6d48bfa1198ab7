#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/ixyflow/terminal/style.hpp"
#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {

/// Rows of text in aligned columns, two spaces between them. Where a table is wider than it may be, words are
/// cut in their middle as long as enough of them is left, then columns are left out that matter least.
/// Numbers are never cut, and no row is broken.
class TextTable {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string heading;
    Align align = Align::left;
    unsigned spare = 0;  ///< columns with the highest number are left out first; 0: last of all
    bool below = false;  ///< goes below its row, as a sentence, before any column is left out
  };

  explicit TextTable(std::vector<Column> columns);

  /// One text per column; missing ones are empty.
  void add(std::vector<std::string> cells, Style style = Style::plain);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// The heading, then the rows, every line ended. A column without any text is left out.
  [[nodiscard]] std::string render(Look look) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Style style;
  };
  /// By column; 0: it is not shown.
  using Widths = std::vector<std::size_t>;

  [[nodiscard]] Widths natural_widths() const;
  [[nodiscard]] Widths fitting_widths(std::size_t width) const;
  [[nodiscard]] std::size_t narrowest(std::size_t column, std::size_t least) const;
  void narrow(Widths& widths, std::size_t width, std::size_t least) const;
  void leave_one_out(Widths& widths) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells, const Widths& widths) const;
  [[nodiscard]] std::string below(const Row& row, const Widths& widths, std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace ixyflow::tools
