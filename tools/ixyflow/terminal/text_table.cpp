#include "tools/ixyflow/terminal/text_table.hpp"

#include <algorithm>
#include <utility>

#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  ///< a name is not cut below this

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add(std::vector<std::string> cells, Style style) {
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), style});
}

std::vector<std::size_t> TextTable::column_widths(std::size_t width) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const Row& row : rows_)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row.cells[i].size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    widths[i] = std::max(widths[i], columns_[i].heading.size());
    total += widths[i] + (total == 0 ? 0 : kGap);
  }
  while (total > width) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (columns_[i].align == Align::left && widths[i] > std::max(kNarrowest, columns_[i].heading.size()) &&
          (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string TextTable::line(const std::vector<std::string>& cells,
                            const std::vector<std::size_t>& widths) const {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!text.empty()) text.append(kGap, ' ');
    const std::string cell = shortened(cells[i], widths[i]);
    const std::size_t padding = widths[i] - cell.size();
    if (columns_[i].align == Align::right) text.append(padding, ' ');
    text += cell;
    if (columns_[i].align == Align::left) text.append(padding, ' ');
    // A first cell that is empty still takes its place.
    if (text.empty()) text.append(widths[i], ' ');
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string TextTable::render(bool colour, std::size_t width) const {
  const auto widths = column_widths(width);
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text = paint(line(headings, widths), Style::heading, colour) + "\n";
  for (const Row& row : rows_) text += paint(line(row.cells, widths), row.style, colour) + "\n";
  return text;
}

}  // namespace ixyflow::tools
