#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/text/utf8.hpp"
#include "core/base/units.hpp"
#include "core/base/values/parameter_spec.hpp"

namespace ixyflow {

/// How values of type T are read and shown; specialised for every type that a parameter may have. `parse`
/// reports its own errors; `show` writes as TOML, and "" for "none". A specialisation has:
///
///   - `static constexpr std::string_view kName;`, as in "ethernet address"
///   - `static constexpr ParameterShape kShape;`
///   - `static std::optional<T> parse(const Value&, const ParameterSpec&, Diagnostics&);`
///   - `static std::string show(const T&);`
///
/// and may have kMinimum and kMaximum, its limits, and kUnit, what these count.
template <class T>
struct ParameterType;

template <>
struct ParameterType<bool> {
  static constexpr std::string_view kName = "boolean";
  static constexpr ParameterShape kShape = ParameterShape::boolean;
  static std::optional<bool> parse(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
    if (const bool* flag = value.get_if<bool>()) return *flag;
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(bool value) { return value ? "true" : "false"; }
};

template <std::integral T>
requires(!std::same_as<T, bool>) struct ParameterType<T> {
  static constexpr std::string_view kName = "integer";
  static constexpr ParameterShape kShape = ParameterShape::integer;
  static constexpr std::int64_t kMinimum = static_cast<std::int64_t>(std::numeric_limits<T>::min());
  static constexpr std::int64_t kMaximum =
      std::cmp_greater(std::numeric_limits<T>::max(), std::numeric_limits<std::int64_t>::max())
          ? std::numeric_limits<std::int64_t>::max()
          : static_cast<std::int64_t>(std::numeric_limits<T>::max());
  static std::optional<T> parse(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
    const auto number = detail::parse_integer(value, spec, diagnostics);
    if (!number) return std::nullopt;
    if (std::in_range<T>(*number)) return static_cast<T>(*number);
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(T value) { return std::to_string(value); }
};

template <>
struct IXYFLOW_API ParameterType<std::string> {
  static constexpr std::string_view kName = "text";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<std::string> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(const std::string& text) { return quote(text); }
};

template <>
struct IXYFLOW_API ParameterType<Duration> {
  static constexpr std::string_view kName = "duration";
  static constexpr ParameterUnit kUnit = ParameterUnit::nanoseconds;
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<Duration> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(Duration duration) { return quote(ixyflow::show(duration)); }
};

template <>
struct IXYFLOW_API ParameterType<Rate> {
  static constexpr std::string_view kName = "rate";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<Rate> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(Rate rate) { return rate.per_second == 0 ? "" : quote(ixyflow::show(rate)); }
};

template <>
struct IXYFLOW_API ParameterType<ByteSize> {
  static constexpr std::string_view kName = "size";
  static constexpr ParameterUnit kUnit = ParameterUnit::bytes;
  static constexpr ParameterShape kShape = ParameterShape::any;  // an integer or a text with a unit
  static std::optional<ByteSize> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(ByteSize size);
};

template <>
struct IXYFLOW_API ParameterType<Probability> {
  static constexpr std::string_view kName = "probability";
  static constexpr ParameterShape kShape = ParameterShape::number;
  static constexpr std::int64_t kMinimum = 0;
  static constexpr std::int64_t kMaximum = 1;
  static std::optional<Probability> parse(const Value&, const ParameterSpec&, Diagnostics&);
  static std::string show(Probability probability) { return Value(Value::Data(probability.value)).show(); }
};

/// The value as it stands in the file, for parameters with a grammar of their own (tables of fields, lists of
/// patterns). The owner interprets it in its `configure`, with the places in the file at hand.
template <>
struct ParameterType<Value> {
  static constexpr std::string_view kName = "value";
  static constexpr ParameterShape kShape = ParameterShape::any;
  static std::optional<Value> parse(const Value& value, const ParameterSpec&, Diagnostics&) { return value; }
  static std::string show(const Value&) { return ""; }
};

/// A parameter that may be absent.
template <class T>
struct ParameterType<std::optional<T>> {
  static constexpr std::string_view kName = ParameterType<T>::kName;
  static constexpr ParameterShape kShape = ParameterType<T>::kShape;
  static std::optional<std::optional<T>> parse(const Value& value, const ParameterSpec& spec,
                                               Diagnostics& diagnostics) {
    auto parsed = ParameterType<T>::parse(value, spec, diagnostics);
    if (!parsed) return std::nullopt;
    return std::optional<std::optional<T>>(std::in_place, std::move(*parsed));
  }
  static std::string show(const std::optional<T>& value) {
    return value ? ParameterType<T>::show(*value) : "";
  }
};

template <class T>
struct ParameterType<std::vector<T>> {
  static constexpr std::string_view kName = "list";
  static constexpr ParameterShape kShape = ParameterShape::list;
  static std::optional<std::vector<T>> parse(const Value& value, const ParameterSpec& spec,
                                             Diagnostics& diagnostics) {
    const Value::List* list = value.get_if<Value::List>();
    if (list == nullptr) {
      detail::report_wrong_type(value, spec, diagnostics);
      return std::nullopt;
    }
    const ParameterSpec item_spec = spec.of_item(ParameterType<T>::kName, ParameterType<T>::kShape);
    std::vector<T> result;
    bool good = true;
    for (const Value& item : *list) {
      auto parsed = ParameterType<T>::parse(item, item_spec, diagnostics);
      if (parsed)
        result.push_back(std::move(*parsed));
      else
        good = false;
    }
    return good ? std::optional(std::move(result)) : std::nullopt;
  }
  static std::string show(const std::vector<T>& list) {
    std::string text = "[";
    for (const T& item : list) text += (text.size() > 1 ? ", " : "") + ParameterType<T>::show(item);
    return text + "]";
  }
};

namespace detail {
/// The type whose limits and unit a parameter of type T has: that of the items of a list, of what an optional
/// holds.
template <class T>
struct Innermost : std::type_identity<T> {};
template <class T>
struct Innermost<std::optional<T>> : Innermost<T> {};
template <class T>
struct Innermost<std::vector<T>> : Innermost<T> {};
}  // namespace detail

}  // namespace ixyflow
