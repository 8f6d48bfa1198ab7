#include "core/config/syntax/arguments.hpp"

#include <algorithm>

#include "core/base/text/name_rules.hpp"

namespace ixyflow {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

/// Bytes of a text.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Stretch trimmed(std::string_view text, Stretch stretch) {
  while (stretch.begin < stretch.end && is_one_of(text[stretch.begin], kBlanks)) ++stretch.begin;
  while (stretch.end > stretch.begin && is_one_of(text[stretch.end - 1], kBlanks)) --stretch.end;
  return stretch;
}

Argument argument_of(const LocatedText& text, Stretch stretch) {
  const std::string_view all = text.text;
  stretch = trimmed(all, stretch);
  Argument argument;
  const std::size_t equals = all.substr(0, stretch.end).find('=', stretch.begin);
  if (equals != std::string_view::npos) {
    const Stretch name = trimmed(all, {stretch.begin, equals});
    if (const auto word = all.substr(name.begin, name.end - name.begin); is_instance_name(word)) {
      argument.name = word;
      argument.name_where = text.range(name.begin, name.end);
      stretch = trimmed(all, {equals + 1, stretch.end});
    }
  }
  argument.value = all.substr(stretch.begin, stretch.end - stretch.begin);
  argument.where = text.range(stretch.begin, stretch.end);
  return argument;
}

}  // namespace

namespace detail {

bool Nesting::outside(char c) {
  const char last = last_;
  last_ = c;
  if (quote_ != '\0') {
    const bool ends = c == quote_ && !escaped_;
    escaped_ = quote_ == '"' && c == '\\' && !escaped_;
    if (ends) quote_ = '\0';
    return false;
  }
  if (c == '"' || (c == '\'' && (last == '\0' || is_one_of(last, " \t\r\n,:=([{")))) {
    quote_ = c;
    return false;
  }
  if (is_one_of(c, "([{")) {
    ++depth_;
    return false;
  }
  if (depth_ == 0) return true;
  if (is_one_of(c, ")]}")) --depth_;
  return false;
}

}  // namespace detail

std::vector<Argument> split_arguments(const LocatedText& text, std::size_t begin, std::size_t end) {
  const std::string_view all = std::string_view(text.text).substr(0, end);
  std::vector<Argument> arguments;
  const Stretch whole = trimmed(all, {begin, end});
  if (whole.begin == whole.end) return arguments;
  for (std::size_t at = begin;; ++at) {
    const std::size_t comma = find_outside(all, at, [&](std::size_t i) { return all[i] == ','; });
    arguments.push_back(argument_of(text, {at, comma}));
    if (comma == all.size()) return arguments;
    at = comma;
  }
}

}  // namespace ixyflow
