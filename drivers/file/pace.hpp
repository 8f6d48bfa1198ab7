#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/units.hpp"
#include "core/base/values/parameters.hpp"

namespace ixyflow {
namespace drivers {

/// How fast a capture is played: "fast", "recorded", or a rate.
struct Pace {
  enum class Kind : std::uint8_t { fast, recorded, rate };
  Kind kind = Kind::fast;
  Rate rate;
};

}  // namespace drivers

template <>
struct ParameterType<drivers::Pace> {
  static constexpr std::string_view kName = "fast|recorded|rate";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<drivers::Pace> parse(const Value& value, const ParameterSpec& spec,
                                            Diagnostics& diagnostics) {
    using enum drivers::Pace::Kind;
    if (const std::string* text = value.get_if<std::string>()) {
      if (*text == "fast") return drivers::Pace{};
      if (*text == "recorded") return drivers::Pace{.kind = recorded, .rate = {}};
      if (const auto parsed = parse_rate(*text); parsed && parsed->per_second > 0)
        return drivers::Pace{.kind = rate, .rate = *parsed};
    }
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(const drivers::Pace& pace) {
    using enum drivers::Pace::Kind;
    return quote(pace.kind == fast ? "fast" : pace.kind == recorded ? "recorded" : ixyflow::show(pace.rate));
  }
};

}  // namespace ixyflow
