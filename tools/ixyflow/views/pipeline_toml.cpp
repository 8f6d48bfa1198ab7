#include "tools/ixyflow/views/pipeline_toml.hpp"

#include <fmt/format.h>

namespace ixyflow::tools {
namespace {

std::string assignment(const Value::Entry& entry) {
  return Value(Value::Table{entry}).toml();
}

/// `key = value`; a list of several texts has a line for each.
std::string line_of(const Value::Entry& entry) {
  const auto* list = entry.value.get_if<Value::List>();
  if (list == nullptr || list->size() < 2 || list->front().get_if<std::string>() == nullptr) {
    // Without the braces of the table that has this one entry.
    const std::string table = assignment(entry);
    return table.substr(2, table.size() - 4) + "\n";
  }
  std::string text = entry.key + " = [\n";
  for (const Value& item : *list) text += fmt::format("  {},\n", item.toml());
  return text + "]\n";
}

std::string table_text(const std::string& name, const Value::Table& table) {
  std::string text = fmt::format("[{}]\n", name);
  for (const Value::Entry& entry : table) text += line_of(entry);
  return text;
}

/// Whether all that stands in it are tables, so that each gets a heading of its own.
bool holds_tables(const Value::Table& table) {
  for (const Value::Entry& entry : table)
    if (entry.value.get_if<Value::Table>() == nullptr) return false;
  return !table.empty();
}

}  // namespace

std::string pipeline_toml(const Value::Table& root) {
  std::string text;
  const auto add = [&text](const std::string& name, const Value::Table& table) {
    text += (text.empty() ? "" : "\n") + table_text(name, table);
  };
  for (const Value::Entry& section : root) {
    const auto* table = section.value.get_if<Value::Table>();
    if (table == nullptr) continue;
    if (!holds_tables(*table)) {
      add(section.key, *table);
      continue;
    }
    for (const Value::Entry& entry : *table)
      add(fmt::format("{}.{}", section.key, entry.key), *entry.value.get_if<Value::Table>());
  }
  return text;
}

}  // namespace ixyflow::tools
