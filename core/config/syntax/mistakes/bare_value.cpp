#include "core/config/syntax/mistakes/bare_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/diagnostics.hpp"
#include "core/base/text/utf8.hpp"

namespace ixyflow {
namespace {

std::string_view without_end(std::string_view text, std::string_view unwanted) {
  return text.substr(0, text.find_last_not_of(unwanted) + 1);
}

/// The value alone, as far as it can be told.
std::string_view cut_value(std::string_view line, bool inside) {
  std::string_view value = line.substr(0, line.find_first_of("#\r"));
  if (inside) {
    // An arrow may lead to "[input]y", and so may an address be followed by a bracket of its own.
    std::size_t depth = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '[' || value[i] == '{') ++depth;
      if (depth == 0 && std::string_view(",]}").find(value[i]) != std::string_view::npos)
        return without_end(value.substr(0, i), " \t");
      if ((value[i] == ']' || value[i] == '}') && depth > 0) --depth;
    }
  }
  return without_end(value, " \t");
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  std::string small(word);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::ranges::find(words, std::string_view(small)) != words.end();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// How a number that TOML does not take is written: "7" for "007", "0.5" for ".5". "" when it is none.
std::string meant_number(std::string_view value) {
  if (all_digits(value) && value.starts_with('0')) {
    const std::size_t first = std::min(value.find_first_not_of('0'), value.size() - 1);
    return std::string(value.substr(first));
  }
  if (value.starts_with('.') && all_digits(value.substr(1))) return "0" + std::string(value);
  if (value.ends_with('.') && all_digits(value.substr(0, value.size() - 1))) return std::string(value) + "0";
  return "";
}

}  // namespace

BareValue explain_bare_value(std::string_view line, bool inside) {
  const std::string_view value = cut_value(line, inside);
  const std::size_t length = value.size();
  if (value.empty()) return {"the value is missing", "", 0};
  if (value.starts_with('='))
    return {"one '=' stands between a key and its value", "leave the second out", 1};
  const std::string_view bare = without_end(value, ";");
  if (is_one_of(bare, {"true", "yes", "on"}))
    return {fmt::format("'{}' is no value of TOML", bare), "write true", length};
  if (is_one_of(bare, {"false", "no", "off"}))
    return {fmt::format("'{}' is no value of TOML", bare), "write false", length};
  if (is_one_of(bare, {"null", "none", "nil", "undefined"}))
    return {fmt::format("there is no value '{}'", bare), "leave the key out", length};
  if (const std::string number = meant_number(bare); !number.empty())
    return {fmt::format("'{}' is no number of TOML", bare), "write " + number, length};
  std::string text(bare);
  std::erase(text, '"');
  if (bare.size() < value.size() && all_digits(bare))
    return {"';' does not stand at the end of a line", "leave it out", length};
  const std::string written = quote(printable(text, 100));
  if (text.find("->") != std::string::npos) return {"a path is a text: it stands in quotes", written, length};
  return {fmt::format("a text stands in quotes: {}", printable(bare, 60)), "write " + written, length};
}

}  // namespace ixyflow
