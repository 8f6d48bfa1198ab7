#include "tools/ixyflow/test/table_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/foreign_units.hpp"
#include "core/base/text/suggestion.hpp"

namespace ixyflow::tools {

TableReader::TableReader(const Value& value, std::string owner, const std::vector<std::string>& keys,
                         Diagnostics& diagnostics)
    : table_(value.get_if<Value::Table>()), owner_(std::move(owner)), diagnostics_(diagnostics) {
  if (table_ == nullptr) {
    diagnostics_.error(value.where(), fmt::format("{} is a table, not {}", owner_, value.kind()));
    return;
  }
  for (const auto& entry : *table_)
    if (std::ranges::find(keys, entry.key) == keys.end())
      diagnostics_.error(entry.where, fmt::format("unknown key '{}' in {}", printable(entry.key, 60), owner_),
                         nearest_or_list(entry.key, "it has", keys));
}

const Value* TableReader::value(std::string_view key) const {
  const Value::Entry* entry = table_ == nullptr ? nullptr : find(*table_, key);
  return entry == nullptr ? nullptr : &entry->value;
}

std::optional<std::string> TableReader::text(std::string_view key) const {
  const Value* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* string = found->get_if<std::string>()) return *string;
  wrong(key, *found, "a text");
  return std::nullopt;
}

std::optional<std::uint64_t> TableReader::number(std::string_view key) const {
  const Value* found = value(key);
  return found == nullptr ? std::nullopt : as_number(key, *found);
}

std::optional<std::uint64_t> TableReader::as_number(std::string_view key, const Value& found) const {
  const auto* integer = found.get_if<std::int64_t>();
  if (integer != nullptr && *integer >= 0) return static_cast<std::uint64_t>(*integer);
  wrong(key, found, "an integer from 0");
  return std::nullopt;
}

std::optional<Duration> TableReader::duration(std::string_view key) const {
  const Value* found = value(key);
  return found == nullptr ? std::nullopt : as_duration(key, *found);
}

std::optional<Duration> TableReader::as_duration(std::string_view key, const Value& found) const {
  if (const auto* string = found.get_if<std::string>())
    if (auto parsed = parse_duration(*string)) return parsed;
  const auto* string = found.get_if<std::string>();
  const std::string meant = meant_duration(string != nullptr ? *string : found.show());
  wrong(key, found, "a duration such as \"2ms\"", meant.empty() ? "" : fmt::format("write \"{}\"", meant));
  return std::nullopt;
}

const Value::List& TableReader::list(std::string_view key, std::string_view what) const {
  static const Value::List kNone;
  const Value* found = value(key);
  if (found == nullptr) return kNone;
  if (const auto* items = found->get_if<Value::List>()) return *items;
  wrong(key, *found, what);
  return kNone;
}

void TableReader::wrong(std::string_view key, const Value& found, std::string_view what,
                        std::string hint) const {
  diagnostics_.error(found.where(),
                     fmt::format("'{}' of {} takes {}, not {}", key, owner_, what, found.show()),
                     std::move(hint));
}

}  // namespace ixyflow::tools
