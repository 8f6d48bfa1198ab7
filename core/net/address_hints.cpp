// How addresses that are written in another way are written here: see detail::address_hint.

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "core/net/addresses.hpp"

namespace ixyflow {
namespace {

std::string write_as(const std::string& text) {
  return fmt::format("write \"{}\"", text);
}

/// The prefix that "10.0.0.1/8" is in: the bits behind it are set to 0. Nothing when it is no such text.
template <class Prefix, class Parse>
std::optional<Prefix> prefix_around(std::string_view text, Parse parse_address) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = parse_address(text.substr(0, slash));
  if (!address || slash == text.size()) return std::nullopt;
  const auto bits = static_cast<std::uint32_t>(address->bytes.size() * 8);
  std::uint32_t length = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
  if (error != std::errc() || stop != end || length > bits) return std::nullopt;
  Prefix prefix{*address, static_cast<std::uint8_t>(length)};
  for (std::uint32_t bit = length; bit < bits; ++bit)
    prefix.address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return prefix;
}

std::string without_length(std::string_view text) {
  return text.find('/') == std::string_view::npos
             ? ""
             : fmt::format("an address alone: \"{}\"", printable(text.substr(0, text.find('/')), 60));
}

}  // namespace

namespace detail {

std::string address_hint(std::string_view text, std::type_identity<EtherAddress>) {
  std::string digits;
  for (const char c : text.substr(0, 2 * kIpv6TextSize))
    if (std::string_view(":-. ").find(c) == std::string_view::npos) digits += c;
  constexpr std::size_t kDigits = 12;
  if (digits.size() != kDigits) return "";
  for (std::size_t at = kDigits - 2; at > 0; at -= 2) digits.insert(at, ":");
  const auto address = parse_ether_address(digits);
  return address ? write_as(show(*address)) : "";
}

std::string address_hint(std::string_view text, std::type_identity<Ipv4Address>) {
  return without_length(text);
}

std::string address_hint(std::string_view text, std::type_identity<Ipv6Address>) {
  return without_length(text);
}

std::string address_hint(std::string_view text, std::type_identity<Ipv4Prefix>) {
  const auto prefix = prefix_around<Ipv4Prefix>(text, parse_ipv4_address);
  return prefix ? "the bits behind a prefix are 0: " + write_as(show(*prefix)) : "";
}

std::string address_hint(std::string_view text, std::type_identity<Ipv6Prefix>) {
  const auto prefix = prefix_around<Ipv6Prefix>(text, parse_ipv6_address);
  return prefix ? "the bits behind a prefix are 0: " + write_as(show(*prefix)) : "";
}

void report_wrong_address(const Value& value, const ParameterSpec& spec, std::string_view example,
                          std::string hint, Diagnostics& diagnostics) {
  ParameterSpec shown = spec;
  if (shown.example.empty() && shown.default_text.empty()) shown.example = quote(example);
  report_wrong_type(value, shown, std::move(hint), diagnostics);
}

}  // namespace detail

}  // namespace ixyflow
