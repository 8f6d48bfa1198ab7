#include "core/base/text/utf8.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace ixyflow {
namespace {

/// Characters that change how a terminal reads or orders what follows.
bool drives_terminal(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7f && c < 0xa0)  // C0, DEL, C1
         || (c >= 0x200e && c <= 0x200f)      // direction marks
         || (c >= 0x2028 && c <= 0x202e)      // separators, embeddings and overrides
         || (c >= 0x2066 && c <= 0x2069)      // isolates
         || c == 0x061c || c == 0xfeff;
}

std::size_t length_by_first_byte(std::uint8_t first) noexcept {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

}  // namespace

Utf8Character first_character(std::string_view text) noexcept {
  const auto first = static_cast<std::uint8_t>(text[0]);
  const std::size_t bytes = length_by_first_byte(first);
  if (bytes == 0 || bytes > text.size()) return {};
  if (bytes == 1) return {1, true, !drives_terminal(first)};

  char32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xc0U) != 0x80) return {};
    code = (code << 6) | (byte & 0x3fU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {bytes, true, !drives_terminal(code)};
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (; !text.empty(); text.remove_prefix(first_character(text).bytes)) {
    const Utf8Character c = first_character(text);
    if (text[0] == '"' || text[0] == '\\') out += '\\';
    if (text[0] == '\n')
      out += "\\n";
    else if (text[0] == '\t')
      out += "\\t";
    else if (c.bytes == 1 && !c.shown)
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(text[0]));
    else
      out += text.substr(0, c.bytes);
  }
  return out + '"';
}

}  // namespace ixyflow
