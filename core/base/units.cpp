#include "core/base/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace ixyflow {
namespace {

/// "12" or "12.5" with what follows it. No sign, no exponent, no spaces.
struct Quantity {
  std::string_view whole;     ///< digits, at least one
  std::string_view fraction;  ///< digits behind the point; empty when there is none
  std::string_view unit;
};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

std::optional<Quantity> split(std::string_view text) noexcept {
  Quantity quantity;
  quantity.whole = take_digits(text);
  if (quantity.whole.empty()) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    quantity.fraction = take_digits(text);
    if (quantity.fraction.empty()) return std::nullopt;
  }
  quantity.unit = text;
  return quantity;
}

/// The quantity times `scale`, when it is a whole number that fits.
std::optional<std::uint64_t> scaled(const Quantity& quantity, std::uint64_t scale) noexcept {
  std::uint64_t whole = 0;
  const char* end = quantity.whole.data() + quantity.whole.size();
  if (std::from_chars(quantity.whole.data(), end, whole).ec != std::errc{}) return std::nullopt;
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(whole, scale, &result)) return std::nullopt;

  // The digits behind the point are the fraction digits / denominator. Trailing zeros say nothing.
  std::uint64_t digits = 0;
  std::uint64_t denominator = 1;
  for (const char c : quantity.fraction.substr(0, quantity.fraction.find_last_not_of('0') + 1)) {
    if (__builtin_mul_overflow(denominator, 10, &denominator)) return std::nullopt;
    digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
  }
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(digits) * scale;
  if (product % denominator != 0) return std::nullopt;
  if (__builtin_add_overflow(result, static_cast<std::uint64_t>(product / denominator), &result))
    return std::nullopt;
  return result;
}

template <class T>
struct Unit {
  std::string_view name;
  T scale;
};

constexpr std::array<Unit<std::uint64_t>, 6> kTimeUnits = {{{"h", 3'600'000'000'000},
                                                            {"min", 60'000'000'000},
                                                            {"s", 1'000'000'000},
                                                            {"ms", 1'000'000},
                                                            {"us", 1'000},
                                                            {"ns", 1}}};
constexpr std::array<Unit<std::uint64_t>, 4> kSizeUnits = {
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}}};

/// Decimal prefixes; the scale is a power of ten.
constexpr std::array<Unit<int>, 5> kPrefixes = {{{"T", 12}, {"G", 9}, {"M", 6}, {"k", 3}, {"", 0}}};
constexpr std::string_view kPackets = "pps";
constexpr std::string_view kBits = "bit/s";

/// Above everything that a wire will carry, and far below where a double is no longer exact.
constexpr double kFastest = 1e15;

std::optional<int> prefix_exponent(std::string_view prefix) noexcept {
  for (const auto& [name, exponent] : kPrefixes)
    if (name == prefix) return exponent;
  return std::nullopt;
}

std::string fixed(double number) {
  std::array<char, 400> buffer;  // a double has at most 309 digits before its point
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return {buffer.data(), result.ptr};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return std::nullopt;
  for (const auto& [name, scale] : kTimeUnits) {
    if (name != quantity->unit) continue;
    const auto ns = scaled(*quantity, scale);
    if (!ns || *ns > static_cast<std::uint64_t>(std::numeric_limits<Nanoseconds>::max())) return std::nullopt;
    return Duration{static_cast<Nanoseconds>(*ns)};
  }
  return std::nullopt;
}

std::optional<Rate> parse_rate(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return std::nullopt;
  Rate rate;
  std::string_view prefix = quantity->unit;
  if (prefix.ends_with(kPackets)) {
    prefix.remove_suffix(kPackets.size());
  } else if (prefix.ends_with(kBits)) {
    prefix.remove_suffix(kBits.size());
    rate.unit = Rate::Unit::bits;
  } else {
    return std::nullopt;
  }
  const auto exponent = prefix_exponent(prefix);
  if (!exponent) return std::nullopt;
  // The prefix becomes an exponent of the text, so that the number is rounded once.
  const std::string number = std::string(quantity->whole) + "." +
                             (quantity->fraction.empty() ? "0" : std::string(quantity->fraction)) + "e" +
                             std::to_string(*exponent);
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), rate.per_second);
  if (parsed.ec != std::errc{} || rate.per_second > kFastest) return std::nullopt;
  return rate;
}

std::optional<ByteSize> parse_byte_size(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return std::nullopt;
  if (quantity->unit.empty()) {
    if (!quantity->fraction.empty()) return std::nullopt;
    const auto bytes = scaled(*quantity, 1);
    return bytes ? std::optional(ByteSize{*bytes}) : std::nullopt;
  }
  for (const auto& [name, scale] : kSizeUnits)
    if (name == quantity->unit) {
      const auto bytes = scaled(*quantity, scale);
      return bytes ? std::optional(ByteSize{*bytes}) : std::nullopt;
    }
  return std::nullopt;
}

std::string show(Duration duration) {
  if (duration.ns == 0) return "0s";
  for (const auto& [name, scale] : kTimeUnits)
    if (duration.ns % static_cast<Nanoseconds>(scale) == 0)
      return std::to_string(duration.ns / static_cast<Nanoseconds>(scale)) + std::string(name);
  return {};  // not reached: everything is a multiple of a nanosecond
}

std::string show(Rate rate) {
  const std::string_view unit = rate.unit == Rate::Unit::packets ? kPackets : kBits;
  for (const auto& [prefix, exponent] : kPrefixes) {
    double scale = 1;
    for (int i = 0; i < exponent; ++i) scale *= 10;
    if (rate.per_second < scale && exponent > 0) continue;
    const std::string text = fixed(rate.per_second / scale) + std::string(prefix) + std::string(unit);
    // The division may have rounded: a shorter prefix then says it exactly.
    if (exponent == 0 || parse_rate(text) == rate) return text;
  }
  return {};  // not reached: the last prefix always returns
}

std::string show(ByteSize size) {
  for (const auto& [name, scale] : kSizeUnits)
    if (size.bytes != 0 && size.bytes % scale == 0)
      return std::to_string(size.bytes / scale) + std::string(name);
  return std::to_string(size.bytes);
}

}  // namespace ixyflow
