#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/values/value.hpp"

// JSON that somebody else wrote: what has not the form that it should have gives empty texts.
namespace ixyflow::tools {

/// The text that the value is.
std::string text_of(const Value& value);
/// The text that the member called `key` is.
std::string text_at(const Value& object, std::string_view key);
/// The texts of the list that the value is.
std::vector<std::string> texts_of(const Value& value);
/// The member of type `T` called `key`, else null.
template <class T>
const T* member(const Value& object, std::string_view key) {
  const Value::Entry* entry = object.find(key);
  return entry == nullptr ? nullptr : entry->value.get_if<T>();
}

}  // namespace ixyflow::tools
