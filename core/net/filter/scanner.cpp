#include "core/net/filter/scanner.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/net/addresses.hpp"

namespace ixyflow {
namespace {

constexpr std::string_view kSpace = " \r\n\t";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::string_view kAlphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_one_of(char c, std::string_view characters) noexcept {
  return characters.find(c) != std::string_view::npos;
}

/// How many characters of `text` from its start are of `characters`.
std::size_t run(std::string_view text, std::string_view characters) noexcept {
  return std::min(text.find_first_not_of(characters), text.size());
}

std::size_t number_length(std::string_view text) noexcept {
  if (text.starts_with("0x") || text.starts_with("0X"))
    if (const std::size_t digits = run(text.substr(2), kHexDigits); digits > 0) return 2 + digits;
  return run(text, kDigits);
}

/// Letters and digits, with dots, dashes and underscores between them, or a dot at the end.
std::size_t word_length(std::string_view text) noexcept {
  if (text.empty() || !is_one_of(text.front(), kAlphanumeric)) return 0;
  std::size_t length = 1;
  while (length < text.size() && (is_one_of(text[length], kAlphanumeric) || is_one_of(text[length], "-_.")))
    ++length;
  while (is_one_of(text[length - 1], "-_")) --length;
  return length;
}

/// Whether `text` is `count` pieces between `separator`s, each of `least` to `most` hexadecimal digits.
bool hex_pieces(std::string_view text, char separator, int count, std::size_t least,
                std::size_t most) noexcept {
  for (;; text.remove_prefix(1)) {
    const std::size_t digits = run(text, kHexDigits);
    if (digits < least || digits > most) return false;
    text.remove_prefix(digits);
    if (--count == 0) return text.empty();
    if (!text.starts_with(separator)) return false;
  }
}

/// Two to four numbers with dots between them: an IPv4 address or the beginning of one.
std::size_t ipv4_length(std::string_view text) noexcept {
  std::size_t length = number_length(text);
  std::size_t numbers = 1;
  while (length > 0 && numbers < 4 && length < text.size() && text[length] == '.') {
    const std::size_t more = number_length(text.substr(length + 1));
    if (more == 0) break;
    length += 1 + more;
    ++numbers;
  }
  return numbers >= 2 ? length : 0;
}

/// With dots or dashes, or twelve digits on end.
bool is_ether_word(std::string_view word) noexcept {
  return hex_pieces(word, '-', 6, 1, 2) || hex_pieces(word, '.', 6, 1, 2) || hex_pieces(word, '.', 3, 4, 4) ||
         hex_pieces(word, ' ', 1, 12, 12);
}

/// The longest beginning of `text` that is an IPv6 address, or an Ethernet address with colons.
std::size_t colon_address_length(std::string_view text) {
  constexpr std::size_t kLongest = 45;  // six groups of four digits, an IPv4 address, and colons
  const std::string_view start = text.substr(0, kLongest);
  if (start.find(':') > 4) return 0;
  for (std::size_t length = run(start, "0123456789abcdefABCDEF:."); length > 1; --length)
    if (const std::string_view piece = start.substr(0, length);
        hex_pieces(piece, ':', 6, 1, 2) || parse_ipv6_address(piece))
      return length;
  return 0;
}

/// The token at the start of `text`, which is neither empty nor space.
FilterToken first_token(std::string_view text) noexcept {
  using enum FilterTokenKind;
  if (text.size() > 1 && text.front() == '\\')
    if (const auto length = std::min(text.substr(1).find_first_of(" !()\n\t"), text.size() - 1); length > 0)
      return {escaped, text.substr(0, 1 + length)};
  const std::size_t word_end = word_length(text);
  const std::string_view name = text.substr(0, word_end);
  if (const std::size_t end = colon_address_length(text); end > word_end)
    return {address, text.substr(0, end)};
  if (is_ether_word(name) || (word_end > 0 && ipv4_length(text) == word_end)) return {address, name};
  if (word_end > 0) return {number_length(text) == word_end ? number : word, name};
  for (const std::string_view pair : {"&&", "||", ">=", "<=", "!=", "==", "<<", ">>"})
    if (text.starts_with(pair)) return {symbol, text.substr(0, pair.size())};
  return {symbol, text.substr(0, 1)};
}

}  // namespace

FilterToken FilterScanner::next() noexcept {
  rest_.remove_prefix(run(rest_, kSpace));
  if (rest_.empty()) return {FilterTokenKind::end, rest_};
  const FilterToken token = first_token(rest_);
  rest_.remove_prefix(token.text.size());
  return token;
}

std::uint32_t filter_number(std::string_view token) noexcept {
  const bool hexadecimal = token.starts_with("0x") || token.starts_with("0X");
  if (hexadecimal) token.remove_prefix(2);
  const int base = hexadecimal ? 16 : token.starts_with('0') ? 8 : 10;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value, base);
  return error == std::errc() ? value : std::numeric_limits<std::uint32_t>::max();
}

}  // namespace ixyflow
