#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow::tools {

enum class JsonLayout { pages, line };

/// JSON as a value: null is a value without data. Error (usage): why the text is no JSON, or that a number of
/// it is out of range. Integers are exact from -2^63 to 2^64 - 1; beyond, they are floating-point numbers.
Result<Value> parse_json(std::string_view text);

/// A member of an object: its key, and its value as JSON on one line.
using JsonMember = std::pair<std::string, std::string>;

/// The members of the object that `text` is, in their order, so that what is wrong with one of them can be
/// said while the others are known. Error (usage): the text is no JSON; `no_object` when it is no object.
Result<std::vector<JsonMember>> parse_json_members(std::string_view text, std::string no_object);

/// How deep lists and objects of a text stand in each other, brackets in strings left out. To be looked at
/// before the text is parsed, so that what is parsed is never deep.
std::size_t json_depth(std::string_view text);

/// The value as JSON: indented on lines of its own, with an end, or all on one line without. Bytes that are
/// no UTF-8 are replaced, numbers that JSON does not know (infinite ones) become null.
std::string write_json(const Value& value, JsonLayout layout = JsonLayout::pages);

}  // namespace ixyflow::tools
