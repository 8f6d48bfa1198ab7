#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/values/parameters.hpp"
#include "core/net/headers.hpp"

namespace ixyflow {

/// A parameter that is an integer in the file and is shown as EtherTypes are written: 0x88a8.
template <>
struct ParameterType<EtherType> {
  static constexpr std::string_view kName = "EtherType";
  static constexpr ParameterShape kShape = ParameterShape::integer;
  static constexpr std::int64_t kMinimum = 0;
  static constexpr std::int64_t kMaximum = 0xffff;
  static std::optional<EtherType> parse(const Value& value, const ParameterSpec& spec,
                                        Diagnostics& diagnostics) {
    const auto number = detail::parse_integer(value, spec, diagnostics);
    return number ? std::optional(static_cast<EtherType>(*number)) : std::nullopt;
  }
  static std::string show(EtherType type) {
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), static_cast<unsigned>(type), 16).ptr;
    const std::string text(digits.begin(), end);
    return "0x" + std::string(4 - text.size(), '0') + text;
  }
};

}  // namespace ixyflow
