// How parameters speak of themselves: ranges, what may be written, what was wrong.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/values/parameter_spec.hpp"
#include "core/base/values/parameter_types.hpp"
#include "core/base/values/value_hint.hpp"

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
  if (spec.minimum && spec.minimum == spec.maximum)
    return fmt::format(", which must be {}", show_limit(*spec.minimum, spec.unit));
  if (spec.minimum.value_or(kLowest) != kLowest && spec.maximum.value_or(kHighest) != kHighest)
    return fmt::format(" from {} to {}", show_limit(*spec.minimum, spec.unit),
                       show_limit(*spec.maximum, spec.unit));
  const std::string range = spec.range();
  return range.empty() ? "" : " of " + range;
}

std::string with_article(const std::string& type) {
  if (type.empty()) return type;
  constexpr std::string_view kVowels = "aeiouAEIOU";
  return (kVowels.find(type[0]) != std::string_view::npos ? "an " : "a ") + type;
}

/// A duration within the limits: one that everybody has seen, else the default or a limit.
std::string sample_duration(const ParameterSpec& spec) {
  const auto within = [&](std::int64_t ns) {
    return ns >= spec.minimum.value_or(kLowest) && ns <= spec.maximum.value_or(kHighest);
  };
  constexpr std::int64_t kUsual = 2'000'000;
  if (within(kUsual)) return quote(show(Duration{kUsual}));
  if (!spec.default_numbers.empty() && within(spec.default_numbers.front()))
    return quote(show(Duration{spec.default_numbers.front()}));
  return quote(show(Duration{spec.minimum.value_or(spec.maximum.value_or(kUsual))}));
}

/// A value that shows how this type is written; empty when nobody knows one.
std::string sample(const ParameterSpec& spec) {
  if (spec.type == ParameterType<Duration>::kName) return sample_duration(spec);
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

/// "fast|recorded|rate" in words: "fast", "recorded" or a rate such as "10kpps".
std::string alternatives(const ParameterSpec& spec) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= spec.type.size();) {
    const std::size_t end = std::min(spec.type.find('|', begin), spec.type.size());
    const std::string word = spec.type.substr(begin, end - begin);
    words.push_back(word == ParameterType<Rate>::kName ? "a rate such as \"10kpps\"" : quote(word));
    begin = end + 1;
  }
  return join(words, " or ");
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
  if (type.find('|') != std::string::npos) return alternatives(*this);
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
  report_wrong_type(value, spec, value_hint(value, spec), diagnostics);
}

void report_wrong_type(const Value& value, const ParameterSpec& spec, std::string hint,
                       Diagnostics& diagnostics) {
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
