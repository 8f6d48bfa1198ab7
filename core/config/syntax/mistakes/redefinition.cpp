#include "core/config/syntax/mistakes/redefinition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace ixyflow {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> lines_until(std::string_view text, std::uint32_t last) {
  std::vector<std::string_view> lines;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (lines.size() < last) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// The key or table name on `line` that stands at or before the character `column`.
std::string_view key_at(std::string_view line, std::uint32_t column) {
  if (trimmed(line).starts_with('[')) {
    const std::size_t first = line.find_first_not_of("[ \t");
    return first == std::string_view::npos ? trimmed(line)
                                           : trimmed(line.substr(first, line.find(']') - first));
  }
  std::size_t byte = 0;
  for (std::uint32_t i = 1; byte < line.size() && i < column; ++byte)
    if (byte + 1 < line.size() && (static_cast<unsigned char>(line[byte + 1]) & 0xc0) != 0x80) ++i;
  const std::size_t before = line.substr(0, byte).find_last_of("{,");
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  return trimmed(line.substr(start, line.find('=', start) - start));
}

/// "b" of `a."b"`.
std::string_view last_part(std::string_view key) {
  if (key.ends_with('"') || key.ends_with('\'')) {
    const std::size_t open = key.find_last_of(key.back(), key.size() - 2);
    return open == std::string_view::npos ? key : key.substr(open + 1, key.size() - open - 2);
  }
  const std::size_t dot = key.find_last_of('.');
  return trimmed(dot == std::string_view::npos ? key : key.substr(dot + 1));
}

/// Whether `line` has `part` where a key's part can be.
bool defines(std::string_view line, std::string_view part) {
  for (std::size_t at = line.find(part); at != std::string_view::npos; at = line.find(part, at + 1)) {
    const std::string_view behind = line.substr(at + part.size());
    const std::size_t next = behind.find_first_not_of(" \t\"'");
    const bool starts =
        at == 0 || std::string_view(" \t{,.[\"'").find(line[at - 1]) != std::string_view::npos;
    if (starts && next != std::string_view::npos &&
        std::string_view("=.]").find(behind[next]) != std::string_view::npos)
      return true;
  }
  return false;
}

/// Number of the last line that defines `key` or what it is a part of; 0 when none is found.
std::size_t earlier_line(const std::vector<std::string_view>& lines, std::string_view key) {
  for (std::string_view rest = key; !rest.empty();) {
    const std::string_view part = last_part(rest);
    if (part.empty()) return 0;
    for (std::size_t i = lines.size(); i-- > 0;)
      if (defines(lines[i], part)) return i + 1;
    const auto used = static_cast<std::size_t>(part.data() - rest.data());
    const std::size_t dot = rest.substr(0, used).find_last_of('.');
    rest = dot == std::string_view::npos ? std::string_view() : trimmed(rest.substr(0, dot));
  }
  return 0;
}

/// What to write instead where one of the two lines has double brackets, which make one more of a list.
std::string bracket_hint(std::string_view first, std::string_view second, std::string_view key) {
  const bool first_is_list = trimmed(first).starts_with("[[");
  const bool second_is_list = trimmed(second).starts_with("[[");
  if (first_is_list == second_is_list)
    return trimmed(second).starts_with('[') ? "give one of them another name" : "leave one of them out";
  // A key without a dot that once is a table by its parts: [elements.in] and [[elements]].
  const bool parts =
      key.find('.') == std::string_view::npos && trimmed(first).starts_with(fmt::format("[{}.", key));
  if (parts) return fmt::format("write [{}.NAME]", printable(key));
  return fmt::format("write [[{}]] both times, or [{}] once", printable(key), printable(key));
}

}  // namespace

void report_redefinition(std::string_view text, SourceRange at, Diagnostics& diagnostics) {
  std::vector<std::string_view> lines = lines_until(text, at.line);
  const std::string_view line = lines.back();
  const std::string_view key = key_at(line, at.column);
  const auto offset = static_cast<std::size_t>(key.data() - line.data());
  const SourceRange where =
      key.empty() ? at : SourceRange{at.line, characters(line.substr(0, offset)) + 1, characters(key)};
  lines.back() = key.empty() ? std::string_view() : line.substr(0, offset);
  const std::size_t first = earlier_line(lines, key);
  diagnostics.error(where,
                    first == 0
                        ? fmt::format("'{}' is defined twice", printable(key))
                        : fmt::format("'{}' is defined twice: in line {} and here", printable(key), first),
                    bracket_hint(first == 0 ? std::string_view() : lines[first - 1], line, key));
}

}  // namespace ixyflow
