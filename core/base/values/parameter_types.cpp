#include "core/base/values/parameter_types.hpp"

#include <cstdint>
#include <limits>

namespace ixyflow {

std::optional<std::string> ParameterType<std::string>::parse(const Value& value, const ParameterSpec& spec,
                                                             Diagnostics& diagnostics) {
  if (const std::string* text = value.get_if<std::string>()) return *text;
  detail::report_wrong_type(value, spec, diagnostics);
  return std::nullopt;
}

std::optional<Duration> ParameterType<Duration>::parse(const Value& value, const ParameterSpec& spec,
                                                       Diagnostics& diagnostics) {
  const std::string* text = value.get_if<std::string>();
  const auto duration = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (duration) return detail::check_range(duration->ns, value, spec, diagnostics) ? duration : std::nullopt;
  detail::report_wrong_type(value, spec, diagnostics);
  return std::nullopt;
}

std::optional<Rate> ParameterType<Rate>::parse(const Value& value, const ParameterSpec& spec,
                                               Diagnostics& diagnostics) {
  const std::string* text = value.get_if<std::string>();
  auto rate = text != nullptr ? parse_rate(*text) : std::nullopt;
  // Who wants no limit leaves the parameter out; nothing ever comes at a rate of 0.
  if (rate && rate->per_second == 0) rate.reset();
  if (!rate) detail::report_wrong_type(value, spec, diagnostics);
  return rate;
}

std::optional<ByteSize> ParameterType<ByteSize>::parse(const Value& value, const ParameterSpec& spec,
                                                       Diagnostics& diagnostics) {
  std::optional<ByteSize> size;
  if (const std::int64_t* number = value.get_if<std::int64_t>()) {
    if (*number >= 0) size = ByteSize{static_cast<std::uint64_t>(*number)};
  } else if (const std::string* text = value.get_if<std::string>()) {
    size = parse_byte_size(*text);
  }
  if (!size || size->bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  const bool fits = detail::check_range(static_cast<std::int64_t>(size->bytes), value, spec, diagnostics);
  return fits ? size : std::nullopt;
}

std::optional<Probability> ParameterType<Probability>::parse(const Value& value, const ParameterSpec& spec,
                                                             Diagnostics& diagnostics) {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (const auto* written = value.get_if<double>()) number = *written;
  if (const auto* whole = value.get_if<std::int64_t>()) number = static_cast<double>(*whole);
  if (number >= 0 && number <= 1) return Probability{number};  // nan is not
  detail::report_wrong_type(value, spec, diagnostics);
  return std::nullopt;
}

std::string ParameterType<ByteSize>::show(ByteSize size) {
  const std::string text = ixyflow::show(size);
  return text.find_first_not_of("0123456789") == std::string::npos ? text : quote(text);
}

}  // namespace ixyflow
