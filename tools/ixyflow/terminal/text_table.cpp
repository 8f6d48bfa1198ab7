#include "tools/ixyflow/terminal/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

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

std::string thousands(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string measured(double number, int digits) {
  return number > 0 ? fmt::format("{:.{}f}", number, digits) : "-";
}

std::string scaled(double number, std::string_view unit) {
  static constexpr std::array kPrefixes{"", "k", "M", "G", "T"};
  std::size_t prefix = 0;
  while (number >= 999.5 && prefix + 1 < kPrefixes.size()) {
    number /= 1000;
    ++prefix;
  }
  const int digits = prefix == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", number, digits, kPrefixes[prefix], unit);
}

std::string memory_size(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (number >= 1024.0 * 1024 * 1024) return fmt::format("{:.1f} GiB", number / (1024.0 * 1024 * 1024));
  if (number >= 1024.0 * 1024) return fmt::format("{:.1f} MiB", number / (1024.0 * 1024));
  if (bytes >= 1024) return fmt::format("{:.1f} KiB", number / 1024.0);
  return fmt::format("{} B", bytes);
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", thousands(count), noun, count == 1 ? "" : "s");
}

std::string shortened(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  if (width <= 2) return std::string(text.substr(0, width));
  const std::size_t head = (width - 2 + 1) / 2;
  const std::size_t tail = width - 2 - head;
  return std::string(text.substr(0, head)) + ".." + std::string(text.substr(text.size() - tail));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::string current(indent, ' ');
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (current.size() > indent && current.size() + 1 + word.size() > width) {
      result += current + "\n";
      current.assign(indent, ' ');
    }
    if (current.size() > indent) current += ' ';
    current += word;
    at = end + 1;
  }
  return result + current + "\n";
}

}  // namespace ixyflow::tools
