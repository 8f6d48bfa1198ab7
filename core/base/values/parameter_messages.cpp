// How parameters speak of themselves: ranges, what may be written, what was wrong.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/values/parameter_spec.hpp"
#include "core/base/values/parameter_types.hpp"

namespace ixyflow {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

std::string show_limit(std::int64_t limit, ParameterUnit unit) {
  switch (unit) {
    case ParameterUnit::nanoseconds:
      return show(Duration{limit});
    case ParameterUnit::bytes:
      return show(ByteSize{static_cast<std::uint64_t>(std::max<std::int64_t>(limit, 0))});
    case ParameterUnit::none:
      break;
  }
  return std::to_string(limit);
}

/// The limits in words, with the space before them: " from 1 to 255".
std::string limits_in_words(const ParameterSpec& spec) {
  if (spec.minimum.value_or(kLowest) != kLowest && spec.maximum.value_or(kHighest) != kHighest)
    return fmt::format(" from {} to {}", show_limit(*spec.minimum, spec.unit),
                       show_limit(*spec.maximum, spec.unit));
  const std::string range = spec.range();
  return range.empty() ? "" : " of " + range;
}

std::string with_article(const std::string& type) {
  if (type.empty() || type == ParameterType<std::string>::kName || type.find('|') != std::string::npos)
    return type;
  constexpr std::string_view kVowels = "aeiouAEIOU";
  return (kVowels.find(type[0]) != std::string_view::npos ? "an " : "a ") + type;
}

/// A value that shows how this type is written; empty when nobody knows one.
std::string sample(const ParameterSpec& spec) {
  if (spec.type == ParameterType<Duration>::kName) return "\"2ms\"";
  if (spec.type == ParameterType<Rate>::kName) return "\"1.5Mpps\" or \"10Gbit/s\"";
  if (spec.type == ParameterType<ByteSize>::kName) return "4096 or \"64KiB\"";
  if (spec.shape != ParameterShape::string || spec.type == ParameterType<std::string>::kName) return "";
  return spec.example.empty() ? spec.default_text : spec.example;
}

std::string join(const std::vector<std::string>& words, std::string_view last_separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? last_separator : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace

std::string ParameterSpec::range() const {
  const std::int64_t low = minimum.value_or(kLowest);
  const std::int64_t high = maximum.value_or(kHighest);
  if (low == kLowest && high == kHighest) return "";
  if (high == kHighest) return "at least " + show_limit(low, unit);
  if (low == kLowest) return "at most " + show_limit(high, unit);
  return show_limit(low, unit) + ".." + show_limit(high, unit);
}

std::string ParameterSpec::expected() const {
  if (!choices.empty()) return join(choices, " or ");
  if (shape == ParameterShape::boolean) return "true or false";
  if (shape == ParameterShape::list) return with_article(type);
  std::string text = with_article(type);
  if (const std::string example_value = sample(*this); !example_value.empty())
    text += " such as " + example_value;
  return text + limits_in_words(*this);
}

ParameterSpec ParameterSpec::of_item(std::string_view item_type, ParameterShape item_shape) const {
  ParameterSpec item;
  item.name = name;
  item.type = item_type;
  item.shape = item_shape;
  item.minimum = minimum;
  item.maximum = maximum;
  item.unit = unit;
  return item;
}

namespace detail {

void report_wrong_type(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
  std::string hint;
  if (const std::string* text = value.get_if<std::string>()) hint = did_you_mean(*text, spec.choices);
  diagnostics.error(value.where(),
                    fmt::format("'{}' takes {}, not {}", spec.name, spec.expected(), value.show()),
                    std::move(hint));
}

std::optional<std::int64_t> parse_integer(const Value& value, const ParameterSpec& spec,
                                          Diagnostics& diagnostics) {
  const std::int64_t* number = value.get_if<std::int64_t>();
  if (number == nullptr) {
    report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  return check_range(*number, value, spec, diagnostics) ? std::optional(*number) : std::nullopt;
}

bool check_range(std::int64_t number, const Value& value, const ParameterSpec& spec,
                 Diagnostics& diagnostics) {
  if (number >= spec.minimum.value_or(kLowest) && number <= spec.maximum.value_or(kHighest)) return true;
  report_wrong_type(value, spec, diagnostics);
  return false;
}

}  // namespace detail

}  // namespace ixyflow
