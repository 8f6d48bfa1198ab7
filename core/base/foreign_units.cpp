#include "core/base/foreign_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "core/base/units.hpp"

namespace ixyflow {
namespace {

/// Longer texts are no quantities.
constexpr std::size_t kLongest = 40;

/// A number, without what people put between its digits, and what stands behind it, without blanks.
struct ForeignQuantity {
  std::string number;
  std::string unit;
};

std::string small_letters(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::optional<ForeignQuantity> split_foreign(std::string_view text) {
  if (text.size() > kLongest) return std::nullopt;
  std::string packed;
  for (const char c : text)
    if (c != ' ' && c != '\t') packed += c;
  ForeignQuantity quantity;
  std::size_t at = 0;
  for (; at < packed.size(); ++at) {
    const char c = packed[at];
    const bool digit = c >= '0' && c <= '9';
    const bool separator = (c == ',' || c == '_' || c == '\'') && at > 0;
    if (!digit && !separator && c != '.') break;
    if (!separator) quantity.number += c;
  }
  if (quantity.number.empty() || quantity.number.front() == '.') return std::nullopt;
  quantity.unit = packed.substr(at);
  return quantity;
}

/// How others call a unit, in small letters, and how it is called here.
struct UnitName {
  std::string_view theirs;
  std::string_view ours;
};

std::string_view find_name(std::span<const UnitName> names, std::string_view theirs) {
  const auto found = std::ranges::find(names, theirs, &UnitName::theirs);
  return found == names.end() ? std::string_view() : found->ours;
}

constexpr std::array kForeignTimes = std::to_array<UnitName>({
    {"", "s"},
    {"s", "s"},
    {"sec", "s"},
    {"secs", "s"},
    {"second", "s"},
    {"seconds", "s"},
    {"m", "min"},
    {"min", "min"},
    {"mins", "min"},
    {"minute", "min"},
    {"minutes", "min"},
    {"h", "h"},
    {"hr", "h"},
    {"hrs", "h"},
    {"hour", "h"},
    {"hours", "h"},
    {"ms", "ms"},
    {"msec", "ms"},
    {"msecs", "ms"},
    {"millisecond", "ms"},
    {"milliseconds", "ms"},
    {"us", "us"},
    {"usec", "us"},
    {"usecs", "us"},
    {"\xc2\xb5s", "us"},
    {"\xce\xbcs", "us"},
    {"microsecond", "us"},
    {"microseconds", "us"},
    {"ns", "ns"},
    {"nsec", "ns"},
    {"nsecs", "ns"},
    {"nanosecond", "ns"},
    {"nanoseconds", "ns"},
});

constexpr std::array kPacketRates = std::to_array<UnitName>({
    {"pps", "pps"},
    {"p/s", "pps"},
    {"packets/s", "pps"},
    {"packet/s", "pps"},
    {"packets/sec", "pps"},
    {"packet/sec", "pps"},
    {"pkts/s", "pps"},
    {"pkt/s", "pps"},
    {"pkts/sec", "pps"},
    {"packets/second", "pps"},
    {"packetspersecond", "pps"},
    {"packets", "pps"},
});

constexpr std::array kBitRates = std::to_array<UnitName>({
    {"bps", "bit/s"},
    {"b/s", "bit/s"},
    {"bit/s", "bit/s"},
    {"bits/s", "bit/s"},
    {"bit", "bit/s"},
    {"bits", "bit/s"},
    {"bitps", "bit/s"},
    {"bit/sec", "bit/s"},
    {"bits/sec", "bit/s"},
    {"b", "bit/s"},
    {"b/sec", "bit/s"},
    {"bitspersecond", "bit/s"},
});

constexpr std::array kByteRates = std::to_array<UnitName>({
    {"byte/s", "bit/s"},
    {"bytes/s", "bit/s"},
    {"bytes/sec", "bit/s"},
    {"byteps", "bit/s"},
});

/// "kibit/s" as 'k' and "bit/s": a rate's prefixes are powers of ten, whatever they are called.
struct PrefixedUnit {
  std::string prefix;  ///< as it is written here: "", "k", "M", "G", "T"
  std::string_view rest;
};

PrefixedUnit take_prefix(std::string_view unit) {
  constexpr std::string_view kTheirs = "kKmMgGtT";
  constexpr std::string_view kOurs = "kkMMGGTT";
  const std::size_t at = unit.empty() ? std::string_view::npos : kTheirs.find(unit.front());
  if (at == std::string_view::npos) return {"", unit};
  unit.remove_prefix(1);
  if (unit.starts_with('i') && !unit.starts_with("it")) unit.remove_prefix(1);
  return {std::string(1, kOurs[at]), unit};
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A rate that `parse_rate` takes, or "".
std::string rate_text(const std::string& number, const std::string& prefix, std::string_view unit) {
  std::string text = number + prefix + std::string(unit);
  return parse_rate(text) ? text : "";
}

}  // namespace

std::string meant_duration(std::string_view text) {
  const auto quantity = split_foreign(text);
  if (!quantity) return "";
  const std::string unit = small_letters(quantity->unit);
  std::string written = quantity->number + std::string(find_name(kForeignTimes, unit));
  if (unit == "d" || unit == "day" || unit == "days")
    if (const auto days = number_of(quantity->number)) written = fmt::format("{}h", *days * 24);
  return parse_duration(written) ? written : "";
}

std::string meant_rate(std::string_view text) {
  const auto quantity = split_foreign(text);
  if (!quantity) return "";
  const auto& [number, unit] = *quantity;
  for (const bool prefixed : {false, true}) {
    const auto [prefix, rest] = prefixed ? take_prefix(unit) : PrefixedUnit{"", unit};
    const std::string small = small_letters(rest);
    if (!find_name(kPacketRates, small).empty()) return rate_text(number, prefix, "pps");
    const bool bytes = !find_name(kByteRates, small).empty() || rest == "B" || rest == "B/s" ||
                       rest == "Bps" || rest == "B/sec";
    if (const auto value = number_of(number); bytes && value)
      return rate_text(fmt::format("{}", *value * 8), prefix, "bit/s");
    if (!find_name(kBitRates, small).empty()) return rate_text(number, prefix, "bit/s");
    if (!rest.empty()) continue;
    const std::string packets = rate_text(number, prefix, "pps");
    return packets.empty() ? "" : packets + " or " + rate_text(number, prefix, "bit/s");
  }
  return "";
}

std::string meant_size(std::string_view text) {
  const auto quantity = split_foreign(text);
  if (!quantity) return "";
  const std::string unit = small_letters(quantity->unit);
  if (unit.empty() || unit == "b" || unit == "byte" || unit == "bytes")
    return parse_byte_size(quantity->number) ? quantity->number : "";
  constexpr std::string_view kLetters = "kmgt";
  const std::size_t letter = kLetters.find(unit.front());
  const std::string rest = unit.substr(1);
  if (letter == std::string_view::npos ||
      !(rest.empty() || rest == "b" || rest == "ib" || rest == "i" || rest == "byte" || rest == "bytes"))
    return "";
  const std::string written = quantity->number + std::string(1, "KMGT"[letter]) + "iB";
  return parse_byte_size(written) ? written : "";
}

std::string meant_integer(std::string_view text) {
  const auto quantity = split_foreign(text);
  const auto number = quantity ? number_of(quantity->number) : std::nullopt;
  if (!number) return "";
  std::string unit = small_letters(quantity->unit);
  for (const std::string_view counted : {"bytes", "byte", "packets", "packet", "b"})
    if (unit.ends_with(counted)) {
      unit.resize(unit.size() - counted.size());
      break;
    }
  constexpr std::string_view kLetters = "kmgt";
  const std::size_t letter = unit.empty() ? 0 : kLetters.find(unit.front());
  const bool binary = unit.size() == 2 && unit[1] == 'i';
  if (letter == std::string_view::npos || unit.size() > (binary ? 2 : 1)) return "";
  const double scale = unit.empty() ? 1 : std::pow(binary ? 1024 : 1000, letter + 1);
  const double integer = *number * scale;
  constexpr double kExact = 9e15;
  return integer < kExact && integer == std::floor(integer) ? fmt::format("{:.0f}", integer) : "";
}

std::string meant_probability(std::string_view text) {
  const auto quantity = split_foreign(text);
  const auto number = quantity ? number_of(quantity->number) : std::nullopt;
  if (!number) return "";
  if (quantity->unit == "%" && *number <= 100) return fmt::format("{}", *number / 100);
  return quantity->unit.empty() && *number <= 1 ? quantity->number : "";
}

}  // namespace ixyflow
