#include "core/config/syntax/scan_toml.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "core/base/text/utf8.hpp"
#include "core/config/syntax/limits.hpp"

namespace ixyflow {
namespace {

/// Knows just enough of TOML's lexis to tell strings and comments from structure. What is no TOML passes: the
/// parser says better what is wrong with it.
class Scanner {
 public:
  Scanner(std::string_view text, Diagnostics& diagnostics) : rest_(text), diagnostics_(diagnostics) {}

  bool scan() {
    while (good_ && !rest_.empty()) {
      if (rest_.front() == '#')
        comment();
      else if (rest_.front() == '"' || rest_.front() == '\'')
        string();
      else
        structure();
    }
    return good_;
  }

 private:
  void fail(std::string text, std::string hint = {}) {
    if (good_) diagnostics_.error({line_, column_, 1}, std::move(text), std::move(hint));
    good_ = false;
  }

  /// A character beyond ASCII stands where TOML has none. Word processors and web pages put some there.
  void fail_outside_of_quotes() {
    const std::string_view character = rest_.substr(0, first_character(rest_).bytes);
    for (const std::string_view quote : {"\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb"})
      if (character == quote)
        return fail(fmt::format("{} is no quotation mark of TOML", character), "write \" on both sides");
    for (const std::string_view quote : {"\u2018", "\u2019", "\u201a"})
      if (character == quote)
        return fail(fmt::format("{} is no quotation mark of TOML", character),
                    "write ' on both sides, or \"");
    for (const std::string_view blank : {"\u00a0", "\u202f", "\u200b", "\u3000", "\ufeff"})
      if (character == blank)
        return fail("a blank that is none of ASCII's stands here", "write a plain one, or take it out");
    fail(fmt::format("'{}' stands outside of quotes: keys and names are ASCII", printable(character)),
         "put it in quotes if it is part of a text");
  }

  /// Takes one character, which must be allowed in a TOML file.
  void take() {
    const auto byte = static_cast<unsigned char>(rest_.front());
    const bool line_end = byte == '\n' || rest_.starts_with("\r\n");
    const Utf8Character character = first_character(rest_);
    if (!character.valid)
      return fail(fmt::format("byte 0x{:02x} is not UTF-8", byte), "save the file as UTF-8");
    if ((byte < 0x20 && byte != '\t' && !line_end) || byte == 0x7f)
      return fail(fmt::format("control character U+{:04X} is not allowed", byte),
                  byte == '\r' ? "lines end with LF or CR LF" : "take it out");
    rest_.remove_prefix(character.bytes);
    if (byte == '\n') {
      ++line_;
      column_ = 1;
    } else {
      ++column_;
    }
  }

  void comment() {
    while (good_ && !rest_.empty() && rest_.front() != '\n') take();
  }

  void string() {
    first_on_line_ = false;
    const char quote = rest_.front();
    const std::string_view three = quote == '"' ? R"(""")" : "'''";
    const bool multi_line = rest_.starts_with(three);
    const std::string_view end = multi_line ? three : three.substr(0, 1);
    const std::size_t size = rest_.size();
    for (std::size_t i = 0; i < end.size(); ++i) take();
    while (good_ && !rest_.empty() && !rest_.starts_with(end)) {
      if (!multi_line && rest_.front() == '\n') return;
      if (size - rest_.size() > limits::kStringBytes)
        return fail(fmt::format("a string is longer than {} bytes", limits::kStringBytes));
      if (quote == '"' && rest_.front() == '\\' && rest_.size() > 1) {
        take();
        if (multi_line) check_line_end();
        if (!good_ || rest_.empty()) return;
      }
      take();
    }
    for (std::size_t i = 0; good_ && i < end.size() && !rest_.empty(); ++i) take();
  }

  /// Behind a backslash and what it takes away of line ends and blanks toml++ 3.3 does not expect a character
  /// beyond ASCII.
  void check_line_end() {
    const std::size_t at = rest_.find_first_not_of(" \t\r\n");
    if (at == std::string_view::npos || static_cast<unsigned char>(rest_[at]) < 0x80) return;
    while (good_ && static_cast<unsigned char>(rest_.front()) < 0x80) take();
    if (good_ && first_character(rest_).valid) fail("a character beyond ASCII stands behind a backslash");
  }

  /// What opens the name of a table must be followed by a name. toml++ 3.3 takes that for granted.
  void check_header() {
    const std::size_t at = rest_.find_first_not_of("[ \t");
    if (at == std::string_view::npos) return;
    const char c = rest_[at];
    const bool name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("_-\"']").find(c) != std::string_view::npos;
    if (name) return;
    column_ += static_cast<std::uint32_t>(at);
    if (rest_.find_first_not_of("[] \t") >= rest_.find_first_of("\r\n"))
      return fail("the table has no name", "[elements.NAME]");
    fail("a table's name starts with a letter, a digit, '_', '-' or a quote");
  }

  void structure() {
    // Keys are ASCII where they are not quoted. toml++ 3.3 does not expect anything else there.
    if (static_cast<unsigned char>(rest_.front()) >= 0x80 && first_character(rest_).valid)
      return fail_outside_of_quotes();
    const bool first_on_line = first_on_line_;
    first_on_line_ =
        rest_.front() == '\n' || (first_on_line && (rest_.front() == ' ' || rest_.front() == '\t'));
    switch (rest_.front()) {
      case '[':
        if (first_on_line && depth_ == 0) check_header();
        [[fallthrough]];
      case '{':
        dots_ = 0;
        count_value();
        if (++depth_ > limits::kNesting)
          return fail(fmt::format("nested deeper than {} levels", limits::kNesting));
        break;
      case ']':
      case '}':
        if (depth_ > 0) --depth_;
        break;
      case '=':
      case ',':
        dots_ = 0;
        count_value();
        break;
      case '.':
        if (++dots_ >= limits::kKeyParts)
          return fail(fmt::format("a key has more than {} parts", limits::kKeyParts));
        break;
      case '\n':
        dots_ = 0;
        break;
      default:
        break;
    }
    take();
  }

  void count_value() {
    if (++values_ > limits::kValues) fail(fmt::format("the file has more than {} values", limits::kValues));
  }

  std::string_view rest_;
  Diagnostics& diagnostics_;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;  ///< in the key under way
  std::size_t values_ = 0;
  bool first_on_line_ = true;
  bool good_ = true;
};

}  // namespace

bool scan_toml(std::string_view text, Diagnostics& diagnostics) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return Scanner(text, diagnostics).scan();
}

}  // namespace ixyflow
