#include "tools/ixyflow/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "core/base/text/utf8.hpp"

// The only file of the program that sees the library: it takes seconds to compile wherever it is included.
namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

/// The code point of a character of two or three bytes (RFC 3629).
unsigned code_point(std::string_view character) {
  unsigned point = static_cast<unsigned char>(character.front()) & (character.size() == 2 ? 0x1fU : 0xfU);
  for (const char byte : character.substr(1)) point = point << 6 | (static_cast<unsigned char>(byte) & 0x3fU);
  return point;
}

/// The library escapes the control characters that JSON asks for. What else commands a terminal (DEL, C1,
/// bidirectional overrides) it leaves; what is shown must not, whoever wrote it.
std::string dump(const Json& json, int indent) {
  const std::string text = json.dump(indent, ' ', false, Json::error_handler_t::replace);
  std::string result;
  result.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Character next = first_character(rest);
    if (rest.front() == 0x7f)
      result += "\\u007f";
    else if (!next.shown && (next.bytes == 2 || next.bytes == 3))
      result += fmt::format("\\u{:04x}", code_point(rest.substr(0, next.bytes)));
    else
      result += rest.substr(0, next.bytes);
    rest.remove_prefix(next.bytes);
  }
  return result;
}

std::string one_line(const Json& json) {
  return dump(json, -1);
}

Result<Json> parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return fail(ExitCode::usage, fmt::format("not JSON at byte {}: {}", error.byte, printable(text, 60)));
  } catch (const Json::exception&) {
    return fail(ExitCode::usage, fmt::format("a number is out of range: {}", printable(text, 60)));
  }
}

Result<Value> to_value(const Json& json);

Result<Value> to_list(const Json& json) {
  Value::List list;
  for (const Json& item : json) {
    auto value = to_value(item);
    if (!value) return value;
    list.push_back(std::move(*value));
  }
  return Value(std::move(list));
}

Result<Value> to_table(const Json& json) {
  Value::Table table;
  for (const auto& [key, item] : json.items()) {
    auto value = to_value(item);
    if (!value) return value;
    table.push_back({key, {}, std::move(*value)});
  }
  return Value(std::move(table));
}

Result<Value> to_value(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value(json.get<bool>());
    case Json::value_t::number_unsigned:
      if (json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
        return Value(json.get<std::uint64_t>());
      [[fallthrough]];
    case Json::value_t::number_integer:
      return Value(json.get<std::int64_t>());
    case Json::value_t::number_float:
      return Value(json.get<double>());
    case Json::value_t::string:
      return Value(json.get<std::string>());
    case Json::value_t::array:
      return to_list(json);
    case Json::value_t::object:
      return to_table(json);
    default:
      return Value();
  }
}

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool flag) const { return flag; }
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(std::uint64_t number) const { return number; }
  Json operator()(double number) const { return number; }
  Json operator()(const std::string& text) const { return text; }
  Json operator()(const Value::List& list) const {
    Json json = Json::array();
    for (const Value& item : list) json.push_back(std::visit(*this, item.data()));
    return json;
  }
  Json operator()(const Value::Table& table) const {
    Json json = Json::object();
    for (const Value::Entry& entry : table) json[entry.key] = std::visit(*this, entry.value.data());
    return json;
  }
};

}  // namespace

Result<Value> parse_json(std::string_view text) {
  const auto json = parse(text);
  if (!json) return std::unexpected(json.error());
  return to_value(*json);
}

Result<std::vector<JsonMember>> parse_json_members(std::string_view text, std::string no_object) {
  const auto json = parse(text);
  if (!json) return std::unexpected(json.error());
  if (!json->is_object()) return fail(ExitCode::usage, std::move(no_object));
  std::vector<JsonMember> members;
  for (const auto& [key, value] : json->items()) members.emplace_back(key, one_line(value));
  return members;
}

std::size_t json_depth(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!quoted && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return deepest;
}

std::string write_json(const Value& value, JsonLayout layout) {
  const Json json = std::visit(ToJson(), value.data());
  return layout == JsonLayout::line ? one_line(json) : dump(json, 2) + "\n";
}

}  // namespace ixyflow::tools
