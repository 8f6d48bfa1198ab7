#include "elements/classify/byte_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ixyflow::elements {

std::expected<BytePattern, std::string> BytePattern::parse(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  BytePattern pattern;
  std::size_t clauses = 0;
  bool everything = false;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = text.find_first_not_of(kBlanks, end);
    ++clauses;
    if (word == "-") {
      everything = true;
      continue;
    }
    auto clause = parse_clause(word);
    if (!clause) return std::unexpected(std::move(clause.error()));
    pattern.clauses_.push_back(std::move(*clause));
  }
  if (clauses == 0) return std::unexpected("an empty pattern (\"-\" matches everything)");
  if (everything && clauses > 1) return std::unexpected("'-' matches everything and stands alone");
  return pattern;
}

std::expected<BytePattern::Clause, std::string> BytePattern::parse_clause(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return std::unexpected(fmt::format("'{}': {}", text.substr(0, 80), why));
  };
  const bool negated = text.starts_with('!');
  const std::string_view clause = text.substr(negated ? 1 : 0);
  const std::size_t slash = clause.find('/');
  if (slash == std::string_view::npos)
    return wrong("a clause is OFFSET/VALUE or OFFSET/VALUE%MASK, as 12/0800");

  std::uint16_t offset = 0;
  const char* offset_end = clause.data() + slash;
  const auto [stop, error] = std::from_chars(clause.data(), offset_end, offset);
  if (error != std::errc() || stop != offset_end) return wrong("the offset is a number from 0 to 65535");

  const std::string_view rest = clause.substr(slash + 1);
  const std::size_t percent = rest.find('%');
  std::vector<std::uint8_t> value;
  std::vector<std::uint8_t> mask;
  std::string complaint = read_hex(rest.substr(0, percent), true, value, mask);
  if (complaint.empty() && percent != std::string_view::npos) {
    std::vector<std::uint8_t> given;
    std::vector<std::uint8_t> unused;
    complaint = read_hex(rest.substr(percent + 1), false, given, unused);
    if (complaint.empty() && given.size() != value.size())
      complaint = "value and mask have different lengths";
    for (std::size_t i = 0; complaint.empty() && i < mask.size(); ++i) mask[i] &= given[i];
  }
  if (!complaint.empty()) return wrong(complaint);
  if (offset + value.size() > 65536) return wrong("it ends behind byte 65535");
  Clause compiled = compile(offset, value, mask);
  compiled.negated = negated;
  return compiled;
}

std::string BytePattern::read_hex(std::string_view digits, bool wildcards, std::vector<std::uint8_t>& value,
                                  std::vector<std::uint8_t>& mask) {
  if (digits.empty() || digits.size() % 2 != 0) return "hexadecimal digits come in pairs, one pair a byte";
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c =
        digits[i] >= 'A' && digits[i] <= 'F' ? static_cast<char>(digits[i] + ('a' - 'A')) : digits[i];
    const std::size_t digit = kDigits.find(c);
    const bool any = wildcards && c == '?';
    if (digit == std::string_view::npos && !any)
      return wildcards ? "a digit is 0 to 9, a to f, or ? for any" : "a digit of a mask is 0 to 9 or a to f";
    if (i % 2 == 0) {
      value.push_back(0);
      mask.push_back(0);
    }
    value.back() = static_cast<std::uint8_t>(value.back() * 16U + (any ? 0U : digit));
    mask.back() = static_cast<std::uint8_t>(mask.back() * 16U + (any ? 0U : 15U));
  }
  return {};
}

BytePattern::Clause BytePattern::compile(std::uint32_t offset, const std::vector<std::uint8_t>& value,
                                         const std::vector<std::uint8_t>& mask) {
  Clause clause;
  clause.end = offset + static_cast<std::uint32_t>(value.size());
  for (std::size_t at = 0; at < value.size(); at += sizeof(std::uint64_t)) {
    Word word;
    word.offset = offset + static_cast<std::uint32_t>(at);
    word.size = static_cast<std::uint32_t>(std::min(value.size() - at, sizeof(std::uint64_t)));
    std::memcpy(&word.value, value.data() + at, word.size);
    std::memcpy(&word.mask, mask.data() + at, word.size);
    if (at == 0)
      clause.first = word;
    else
      clause.rest.push_back(word);
  }
  return clause;
}

}  // namespace ixyflow::elements
