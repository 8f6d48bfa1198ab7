#pragma once

#include <cstdint>
#include <string_view>

namespace ixyflow {

/// What stands at one place of a filter expression.
enum class FilterTokenKind : std::uint8_t {
  word,     ///< a keyword or a name: letters, digits, dots, and dashes between them
  escaped,  ///< a name behind a backslash, which is never a keyword
  number,   ///< decimal, octal (0…) or hexadecimal (0x…)
  address,  ///< of Ethernet, IPv4 (also the beginning of one, as in "net 10.1") or IPv6
  symbol,   ///< an operator, a parenthesis, a bracket, or what has no place in an expression
  end,
};

struct FilterToken {
  FilterTokenKind kind = FilterTokenKind::end;
  std::string_view text;  ///< a piece of the expression
};

/// Cuts a filter expression into tokens as libpcap's scanner (scanner.l) does: at each place the longest one
/// counts, and of two that are equally long a keyword or a literal goes before a name. Any bytes are allowed;
/// linear in the length of the expression.
class FilterScanner {
 public:
  explicit FilterScanner(std::string_view expression) noexcept : rest_(expression) {}

  FilterToken next() noexcept;

 private:
  std::string_view rest_;
};

/// The value of a number token; the largest one when it is larger.
[[nodiscard]] std::uint32_t filter_number(std::string_view token) noexcept;

}  // namespace ixyflow
