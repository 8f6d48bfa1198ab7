#include "core/base/values/value_hint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/base/foreign_units.hpp"
#include "core/base/values/parameter_types.hpp"

namespace ixyflow {
namespace {

/// "write "10Gbit/s""; of two, both: "write "1pps" or "1bit/s"".
std::string write_quoted(const std::string& meant) {
  constexpr std::string_view kOr = " or ";
  const std::size_t joint = meant.find(kOr);
  if (meant.empty()) return "";
  if (joint == std::string::npos) return fmt::format("write \"{}\"", meant);
  return fmt::format("write \"{}\" or \"{}\"", meant.substr(0, joint), meant.substr(joint + kOr.size()));
}

std::string write_plain(const std::string& meant) {
  return meant.empty() ? "" : "write " + meant;
}

/// A text or a number as it was written, without quotes.
std::string written(const Value& value) {
  const auto* text = value.get_if<std::string>();
  return text != nullptr ? *text : value.show();
}

/// What people write elsewhere for true and false.
std::optional<bool> meant_flag(const Value& value) {
  constexpr std::array<std::string_view, 6> kTrue = {"true", "True", "TRUE", "yes", "on", "1"};
  constexpr std::array<std::string_view, 6> kFalse = {"false", "False", "FALSE", "no", "off", "0"};
  const std::string text = written(value);
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  return std::nullopt;
}

std::string integer_hint(const Value& value) {
  if (value.get_if<std::int64_t>() != nullptr) return "";  // out of range
  const std::string meant = meant_integer(written(value));
  if (meant.empty()) return "";
  return fmt::format("write {}, without {}", meant, meant == written(value) ? "quotes" : "quotes and units");
}

std::string plain_type_hint(const Value& value, const ParameterSpec& spec) {
  const bool text = value.get_if<std::string>() != nullptr;
  switch (spec.shape) {
    case ParameterShape::boolean:
      if (const auto flag = meant_flag(value)) return fmt::format("write {}, without quotes", *flag);
      return "";
    case ParameterShape::integer:
      return text ? integer_hint(value) : "";
    case ParameterShape::list:
      return fmt::format("write it in brackets: [{}]", value.show());
    case ParameterShape::string:
      return text ? "" : fmt::format("write it in quotes: \"{}\"", value.show());
    default:
      return "";
  }
}

}  // namespace

std::string value_hint(const Value& value, const ParameterSpec& spec) {
  const auto* text = value.get_if<std::string>();
  if (!spec.choices.empty()) return text != nullptr ? did_you_mean(*text, spec.choices) : "";
  const bool table = value.get_if<Value::Table>() != nullptr;
  const bool list = value.get_if<Value::List>() != nullptr;
  if (table) return "";
  if (list && spec.shape != ParameterShape::list) {
    const Value::List& items = *value.get_if<Value::List>();
    return items.size() == 1 ? fmt::format("write it without brackets: {}", items.front().show()) : "";
  }
  // One that is right but for the limits needs no other spelling.
  if (spec.type == ParameterType<Duration>::kName)
    return text != nullptr && parse_duration(*text) ? "" : write_quoted(meant_duration(written(value)));
  if (spec.type == ParameterType<Rate>::kName || spec.type.ends_with("|rate"))
    return text != nullptr && parse_rate(*text) ? "" : write_quoted(meant_rate(written(value)));
  if (spec.type == ParameterType<ByteSize>::kName)
    return text != nullptr && !parse_byte_size(*text) ? write_quoted(meant_size(*text)) : "";
  if (spec.type == ParameterType<Probability>::kName) return write_plain(meant_probability(written(value)));
  return plain_type_hint(value, spec);
}

}  // namespace ixyflow
