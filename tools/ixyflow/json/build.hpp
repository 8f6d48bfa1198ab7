#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/values/value.hpp"

/// JSON that is written in code: `json_object({{"name", node.name}, {"rings", rings}})`.
namespace ixyflow::tools {

/// What can stand behind a key: a Value, made from the types that reports have.
class JsonItem {
 public:
  JsonItem(Value value);
  JsonItem(Value::List list);
  JsonItem(bool flag);
  JsonItem(double number);
  JsonItem(std::string text);
  JsonItem(std::string_view text);
  JsonItem(const char* text);
  JsonItem(const std::vector<std::string>& texts);
  template <std::signed_integral Number>
  JsonItem(Number number) : value_(Value::Data(std::int64_t{number})) {}
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) JsonItem(Number number) : JsonItem(from_unsigned(number)) {}

  [[nodiscard]] Value take() const { return std::move(value_); }

 private:
  static Value from_unsigned(std::uint64_t number);

  // An initializer_list is constant, but what is written into one is there to be taken.
  mutable Value value_;
};

struct JsonEntry {
  std::string_view key;
  JsonItem item;
};

/// An object; its members keep their order.
Value json_object(std::initializer_list<JsonEntry> entries);

/// Adds a member to the members of an object in the making, or replaces the one of that name in its place.
void set_member(Value::Table& object, std::string_view key, const JsonItem& item);

/// The object with one member more, or another value for the one of that name.
Value with_member(const Value& object, std::string_view key, const JsonItem& item);

/// `text`, or null when it is empty.
Value json_or_null(std::string_view text);

/// A list of what `to_json` makes of each item.
template <class Items, class ToJson>
Value json_list(const Items& items, ToJson to_json) {
  Value::List list;
  for (const auto& item : items) list.push_back(to_json(item));
  return Value(std::move(list));
}

}  // namespace ixyflow::tools
