#include "tools/ixyflow/commands/live/view_table.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

std::string cell_text(const Value& value) {
  if (const auto* number = value.get_if<std::int64_t>())
    return *number < 0 ? "-" + thousands(0 - static_cast<std::uint64_t>(*number))
                       : thousands(static_cast<std::uint64_t>(*number));
  if (const auto* number = value.get_if<std::uint64_t>()) return thousands(*number);
  const auto* text = value.get_if<std::string>();
  return text != nullptr ? printable(*text) : value.show();
}

std::string heading(std::string key) {
  for (char& letter : key)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return printable(key, 60);
}

/// The cells of all rows, each once, in the order in which they come.
Value::Table columns_of(const Value::List& rows) {
  Value::Table columns;
  for (const Value& row : rows)
    if (const auto* cells = row.get_if<Value::Table>())
      for (const Value::Entry& cell : *cells)
        if (find(columns, cell.key) == nullptr) columns.push_back(cell);
  return columns;
}

}  // namespace

std::string view_text(const Value& result, Look look) {
  const auto* rows = result.get_if<Value::List>();
  if (rows == nullptr || rows->empty()) return "";
  const Value::Table keys = columns_of(*rows);
  std::vector<TextTable::Column> columns;
  for (const Value::Entry& entry : keys)
    columns.push_back({heading(entry.key), entry.value.get_if<std::string>() != nullptr
                                               ? TextTable::Align::left
                                               : TextTable::Align::right});
  TextTable table(std::move(columns));
  for (const Value& row : *rows) {
    std::vector<std::string> cells;
    for (const Value::Entry& key : keys) {
      const Value::Entry* cell = row.find(key.key);
      cells.push_back(cell != nullptr ? cell_text(cell->value) : "");
    }
    table.add(std::move(cells));
  }
  return table.render(look);
}

}  // namespace ixyflow::tools
