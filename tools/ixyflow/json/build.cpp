#include "tools/ixyflow/json/build.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ixyflow::tools {

JsonItem::JsonItem(Value value) : value_(std::move(value)) {}
JsonItem::JsonItem(Value::List list) : value_(std::move(list)) {}
JsonItem::JsonItem(bool flag) : value_(flag) {}
JsonItem::JsonItem(double number) : value_(number) {}
JsonItem::JsonItem(std::string text) : value_(std::move(text)) {}
JsonItem::JsonItem(std::string_view text) : value_(std::string(text)) {}
JsonItem::JsonItem(const char* text) : value_(std::string(text)) {}

JsonItem::JsonItem(const std::vector<std::string>& texts)
    : value_(json_list(texts, [](const std::string& text) { return Value(text); })) {}

Value JsonItem::from_unsigned(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return Value(number);
  return Value(static_cast<std::int64_t>(number));
}

Value json_object(std::initializer_list<JsonEntry> entries) {
  Value::Table members;
  members.reserve(entries.size());
  for (const JsonEntry& entry : entries) members.push_back({std::string(entry.key), {}, entry.item.take()});
  return Value(std::move(members));
}

void set_member(Value::Table& object, std::string_view key, const JsonItem& item) {
  const auto found = std::ranges::find(object, key, &Value::Entry::key);
  if (found == object.end())
    object.push_back({std::string(key), {}, item.take()});
  else
    found->value = item.take();
}

Value with_member(const Value& object, std::string_view key, const JsonItem& item) {
  const auto* members = object.get_if<Value::Table>();
  Value::Table more = members != nullptr ? *members : Value::Table();
  set_member(more, key, item);
  return Value(std::move(more));
}

Value json_or_null(std::string_view text) {
  return text.empty() ? Value() : Value(std::string(text));
}

}  // namespace ixyflow::tools
