#include "tools/ixyflow/terminal/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/diagnostics.hpp"
#include "core/base/text/utf8.hpp"

namespace ixyflow::tools {

std::string measured(double number, int digits) {
  return number > 0 ? fmt::format("{:.{}f}", number, digits) : "-";
}

std::string scaled(double number, std::string_view unit) {
  static constexpr std::array kPrefixes{"", "k", "M", "G", "T"};
  std::size_t prefix = 0;
  while (number >= 999.5 && prefix + 1 < kPrefixes.size()) {
    number /= 1000;
    ++prefix;
  }
  const int digits = prefix == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", number, digits, kPrefixes[prefix], unit);
}

std::string memory_size(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (number >= 1024.0 * 1024 * 1024) return fmt::format("{:.1f} GiB", number / (1024.0 * 1024 * 1024));
  if (number >= 1024.0 * 1024) return fmt::format("{:.1f} MiB", number / (1024.0 * 1024));
  if (bytes >= 1024) return fmt::format("{:.1f} KiB", number / 1024.0);
  return fmt::format("{} B", bytes);
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", thousands(count), noun, count == 1 ? "" : "s");
}

std::string shortened(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  if (width <= 2) return std::string(text.substr(0, width));
  const std::size_t head = (width - 2 + 1) / 2;
  const std::size_t tail = width - 2 - head;
  return std::string(text.substr(0, head)) + ".." + std::string(text.substr(text.size() - tail));
}

namespace {

/// Bytes of the colour that `text` starts with, 0 if it starts with something else.
std::size_t colour_bytes(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string harmless(std::string_view text, bool colours) {
  std::string result;
  while (!text.empty()) {
    std::size_t bytes = text.front() == '\n' ? 1 : colours ? colour_bytes(text) : 0;
    if (bytes != 0) {
      result += text.substr(0, bytes);
    } else {
      bytes = first_character(text).bytes;
      result += printable(text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return result;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::string current(indent, ' ');
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (current.size() > indent && current.size() + 1 + word.size() > width) {
      result += current + "\n";
      current.assign(indent, ' ');
    }
    if (current.size() > indent) current += ' ';
    current += word;
    at = end + 1;
  }
  return result + current + "\n";
}

std::string titled(std::string_view name, std::string_view text, Look look) {
  std::string lines = wrapped(fmt::format("{}: {}", name, text), 0, look.columns);
  // A name with spaces may stand on several lines.
  if (lines.starts_with(name)) lines.replace(0, name.size(), paint(name, Style::heading, look.colour));
  return lines;
}

}  // namespace ixyflow::tools
