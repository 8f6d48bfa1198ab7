#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/units.hpp"
#include "core/base/values/parameters.hpp"

namespace ixyflow {
namespace drivers {

/// How fast a capture is played: "fast", "recorded", that times a factor ("x2"), or a rate.
struct Pace {
  enum class Kind : std::uint8_t { fast, recorded, rate };
  Kind kind = Kind::fast;
  double factor = 1;  ///< of the recorded pace: 2 is twice as fast
  Rate rate;
};

}  // namespace drivers

template <>
struct ParameterType<drivers::Pace> {
  static constexpr std::string_view kName = "fast|recorded|xFACTOR|rate";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<drivers::Pace> parse(const Value& value, const ParameterSpec& spec,
                                            Diagnostics& diagnostics) {
    using enum drivers::Pace::Kind;
    if (const std::string* text = value.get_if<std::string>()) {
      if (*text == "fast") return drivers::Pace{};
      if (*text == "recorded") return drivers::Pace{.kind = recorded, .rate = {}};
      if (const auto factor = parse_factor(*text))
        return drivers::Pace{.kind = recorded, .factor = *factor, .rate = {}};
      if (const auto parsed = parse_rate(*text); parsed && parsed->per_second > 0)
        return drivers::Pace{.kind = rate, .rate = *parsed};
    }
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(const drivers::Pace& pace) {
    using enum drivers::Pace::Kind;
    if (pace.kind == rate) return quote(ixyflow::show(pace.rate));
    if (pace.kind == fast) return quote("fast");
    return quote(pace.factor == 1 ? std::string("recorded") : "x" + Value(Value::Data(pace.factor)).show());
  }

 private:
  /// "x2", "x0.5"
  static std::optional<double> parse_factor(std::string_view text) {
    constexpr double kLeast = 1e-6, kMost = 1e6;
    if (!text.starts_with('x')) return std::nullopt;
    double factor = 0;
    const auto [end, error] =
        std::from_chars(text.data() + 1, text.data() + text.size(), factor, std::chars_format::fixed);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && factor >= kLeast && factor <= kMost ? std::optional(factor) : std::nullopt;
  }
};

}  // namespace ixyflow
