#include "tools/ixyflow/terminal/text_table.hpp"

#include <algorithm>
#include <cctype>
#include <ranges>
#include <utility>

#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kComfortable = 24;  ///< words are not cut below this while a column can be left out
constexpr std::size_t kNarrowest = 8;     ///< nor below this at all

std::size_t total_of(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (const std::size_t width : widths)
    if (width != 0) total += width + (total == 0 ? 0 : kGap);
  return total;
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add(std::vector<std::string> cells, Style style) {
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), style});
}

TextTable::Widths TextTable::natural_widths() const {
  Widths widths(columns_.size(), 0);
  for (const Row& row : rows_)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row.cells[i].size());
  for (std::size_t i = 0; i < widths.size(); ++i)
    if (widths[i] != 0) widths[i] = std::max(widths[i], columns_[i].heading.size());
  return widths;
}

std::size_t TextTable::narrowest(std::size_t column, std::size_t least) const {
  return std::max(least, columns_[column].heading.size());
}

/// Takes from the widest words as long as the table is too wide, down to `least` characters.
void TextTable::narrow(Widths& widths, std::size_t width, std::size_t least) const {
  for (std::size_t total = total_of(widths); total > width; --total) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (columns_[i].align == Align::left && widths[i] > narrowest(i, least) &&
          (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size()) return;
    --widths[widest];
  }
}

/// Hides those that go below, else the one that matters least: of equals the last one, and never the first.
void TextTable::leave_one_out(Widths& widths) const {
  bool found = false;
  std::size_t least = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    if (columns_[i].below) {
      widths[i] = 0;
      found = true;
    } else if (i > 0 && columns_[i].spare >= columns_[least].spare) {
      least = i;
    }
  }
  if (!found) widths[least] = 0;
}

TextTable::Widths TextTable::fitting_widths(std::size_t width) const {
  const Widths natural = natural_widths();
  Widths shown = natural;
  while (true) {
    const bool last_resort = std::ranges::none_of(
        std::views::iota(std::size_t{0}, shown.size()),
        [&](std::size_t i) { return shown[i] != 0 && (columns_[i].spare > 0 || columns_[i].below); });
    Widths widths = shown;
    narrow(widths, width, last_resort ? kNarrowest : kComfortable);
    const auto left = std::ranges::count_if(shown, [](std::size_t w) { return w != 0; });
    if (total_of(widths) <= width || left <= 1) return widths;
    leave_one_out(shown);
  }
}

std::string TextTable::line(const std::vector<std::string>& cells, const Widths& widths) const {
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

/// What of a row has no column, a sentence each.
std::string TextTable::below(const Row& row, const Widths& widths, std::size_t width) const {
  constexpr std::size_t kIndent = 4;
  std::string text;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] != 0 || !columns_[i].below || row.cells[i].empty() || row.cells[i] == "-") continue;
    std::string heading = columns_[i].heading;
    for (char& c : heading) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    text += wrapped((heading.empty() ? "" : heading + ": ") + row.cells[i], kIndent, width);
  }
  return text;
}

std::string TextTable::render(Look look) const {
  const auto widths = fitting_widths(look.columns);
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text = paint(line(headings, widths), Style::heading, look.colour) + "\n";
  for (const Row& row : rows_)
    text += paint(line(row.cells, widths), row.style, look.colour) + "\n" + below(row, widths, look.columns);
  return text;
}

}  // namespace ixyflow::tools
