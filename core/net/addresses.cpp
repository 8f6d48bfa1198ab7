#include "core/net/addresses.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace ixyflow {
namespace {

/// The number that is all of `text`: decimal or hexadecimal digits without sign, and without a leading zero
/// where `base` is 10, because C once read those as octal.
std::optional<std::uint32_t> parse_number(std::string_view text, int base, std::uint32_t highest) {
  if (base == 10 && text.size() > 1 && text[0] == '0') return std::nullopt;
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end || number > highest) return std::nullopt;
  return number;
}

/// The piece before the next `separator`, which goes too; the rest when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return piece;
}

/// Whether all bits of `bytes` from bit `length` on are 0.
bool zero_behind(std::span<const std::uint8_t> bytes, std::uint32_t length) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t kept = std::clamp<std::size_t>(length, 8 * i, 8 * i + 8) - 8 * i;
    if ((bytes[i] & (0xffU >> kept)) != 0) return false;
  }
  return true;
}

template <class Prefix, class Address>
std::optional<Prefix> parse_prefix(std::string_view text,
                                   std::optional<Address> (*parse_address)(std::string_view)) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto all_bits = static_cast<std::uint32_t>(8 * address->bytes.size());
  if (slash == std::string_view::npos) return Prefix{*address, static_cast<std::uint8_t>(all_bits)};
  const auto length = parse_number(text.substr(slash + 1), 10, all_bits);
  if (!length || !zero_behind(address->bytes, *length)) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

using Words = std::array<std::uint32_t, 8>;

Words words_of(const Ipv6Address& address) {
  Words words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<std::uint32_t>(address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]);
  return words;
}

/// The words that "::" stands for: the first of the longest runs of zeros, if it has at least two (RFC
/// 5952, 4.2).
struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
};

Run longest_zero_run(const Words& words) {
  Run longest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::size_t end = i;
    while (end < words.size() && words[end] == 0) ++end;
    if (end - i > longest.length) longest = {i, end - i};
    if (end > i) i = end;
  }
  return longest.length >= 2 ? longest : Run{words.size(), 0};
}

}  // namespace

std::optional<std::string_view> port_of_address(const Value& value) noexcept {
  constexpr std::string_view kPort = "port:";
  const auto* text = value.get_if<std::string>();
  if (text == nullptr || !text->starts_with(kPort)) return std::nullopt;
  return std::string_view(*text).substr(kPort.size());
}

std::optional<EtherAddress> parse_ether_address(std::string_view text) {
  constexpr std::size_t kLength = 17;
  if (text.size() != kLength) return std::nullopt;
  EtherAddress address;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    if (i > 0 && text[3 * i - 1] != ':') return std::nullopt;
    const auto byte = parse_number(text.substr(3 * i, 2), 16, 0xff);
    if (!byte) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(*byte);
  }
  return address;
}

std::optional<Ipv4Address> parse_ipv4_address(std::string_view text) {
  if (std::ranges::count(text, '.') != 3) return std::nullopt;
  Ipv4Address address;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const auto byte = parse_number(take_until(text, '.'), 10, 255);
    if (!byte) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(*byte);
  }
  return address;
}

std::optional<Ipv6Address> parse_ipv6_address(std::string_view text) {
  // inet_pton wants a terminated string; a NUL inside would end it early.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  Ipv6Address address;
  if (inet_pton(AF_INET6, std::string(text).c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
  return parse_prefix<Ipv4Prefix>(text, parse_ipv4_address);
}

std::optional<Ipv6Prefix> parse_ipv6_prefix(std::string_view text) {
  return parse_prefix<Ipv6Prefix>(text, parse_ipv6_address);
}

std::string show(const EtherAddress& address) {
  return fmt::format("{:02x}", fmt::join(address.bytes, ":"));
}

std::string show(const Ipv4Address& address) {
  return fmt::format("{}", fmt::join(address.bytes, "."));
}

std::string show(const Ipv6Address& address) {
  std::array<char, kIpv6TextSize> text;
  return {text.data(), write_text(address, text)};
}

std::size_t write_text(const Ipv6Address& address, std::span<char, kIpv6TextSize> out) noexcept {
  const Words words = words_of(address);
  const Run run = longest_zero_run(words);
  const std::array<std::uint8_t, 16>& b = address.bytes;
  char* end = out.data();
  // ::ffff:0:0/96 are IPv4-mapped addresses, which RFC 5952, 5 shows as such.
  if (run.begin == 0 && run.length == 5 && words[5] == 0xffff) {
    end = fmt::format_to(end, "::ffff:{}.{}.{}.{}", b[12], b[13], b[14], b[15]);
    return static_cast<std::size_t>(end - out.data());
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == run.begin) {
      end = fmt::format_to(end, "::");
      i += run.length - 1;
      continue;
    }
    if (end != out.data() && end[-1] != ':') *end++ = ':';
    end = fmt::format_to(end, "{:x}", words[i]);
  }
  return static_cast<std::size_t>(end - out.data());
}

std::string show(const Ipv4Prefix& prefix) {
  return fmt::format("{}/{}", show(prefix.address), prefix.length);
}

std::string show(const Ipv6Prefix& prefix) {
  return fmt::format("{}/{}", show(prefix.address), prefix.length);
}

}  // namespace ixyflow
