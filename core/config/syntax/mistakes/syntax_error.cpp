#include "core/config/syntax/mistakes/syntax_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/base/text/utf8.hpp"
#include "core/config/syntax/mistakes/bare_value.hpp"
#include "core/config/syntax/mistakes/lexical_state.hpp"

namespace ixyflow {
namespace {

bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Whether `line` looks as if it began something new: `[elements.x]`, `[[test]]` or `key =`.
bool begins_statement(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  line.remove_prefix(first);
  if (line.starts_with('[')) {
    const std::size_t name = line.find_first_not_of('[');
    return name != std::string_view::npos && is_key_character(line[name]) &&
           line.find_first_of("\",") == std::string_view::npos && line.find(']') != std::string_view::npos;
  }
  const std::size_t end = std::min(line.find_first_of("=\"',"), line.size());
  return end > 0 && end < line.size() && line[end] == '=' &&
         std::ranges::all_of(line.substr(0, end),
                             [](char c) { return is_key_character(c) || c == '.' || c == ' '; });
}

/// Finds out what is wrong; each rule reports it and says so, or leaves it to the next one.
class SyntaxError {
 public:
  SyntaxError(std::string_view text, SourceRange at, std::string_view what, Diagnostics& diagnostics)
      : text_(text), at_(at), what_(what), state_(lexical_state(text, at)), diagnostics_(diagnostics) {}

  void report() {
    if (escape() || open_string() || open_bracket() || in_list() || in_braces() || header() || key() ||
        behind_value() || bare_value() || unknown_character())
      return;
    const bool vowel = !what_.empty() && std::string_view("aeiou").find(what_[0]) != std::string_view::npos;
    fail(at_, fmt::format("TOML syntax error in {} {}", vowel ? "an" : "a", printable(what_)));
  }

 private:
  bool fail(SourceRange where, std::string text, std::string hint = {}) {
    diagnostics_.error(where, std::move(text), std::move(hint));
    return true;
  }

  [[nodiscard]] bool says(std::string_view words) const {
    return what_.find(words) != std::string_view::npos;
  }
  [[nodiscard]] bool at_end() const {
    return says("end-of-file") ||
           text_.find_first_not_of(" \t\r\n", state_.end.offset) == std::string_view::npos;
  }
  [[nodiscard]] char current() const {
    return state_.end.offset < text_.size() ? text_[state_.end.offset] : '\n';
  }
  [[nodiscard]] bool at_line_end() const { return current() == '\n' || current() == '\r'; }

  /// The line that the place is in.
  [[nodiscard]] std::string_view line() const {
    const std::size_t offset = std::min(state_.end.offset, text_.size());
    const std::size_t before = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    std::string_view found = text_.substr(begin, std::min(text_.find('\n', offset), text_.size()) - begin);
    if (found.ends_with('\r')) found.remove_suffix(1);
    return found;
  }

  /// From the place to the end of the line, without a comment and blanks.
  [[nodiscard]] std::string_view rest_of_line() const {
    std::string_view rest = text_.substr(std::min(state_.end.offset, text_.size()));
    rest = rest.substr(0, rest.find_first_of("\r\n#"));
    return rest.substr(0, rest.find_last_not_of(" \t") + 1);
  }

  bool escape() {
    const std::size_t sequence = what_.find("unknown escape sequence '");
    if (sequence != std::string_view::npos)
      return fail(at_,
                  fmt::format("{} is no escape sequence of a text", printable(what_.substr(sequence + 24))),
                  "write \\\\ for a backslash, or put the text in single quotes: 'C:\\dir'");
    if (says("unicode scalar"))
      return fail(at_, "\\u takes four hexadecimal digits, \\U eight, of one character");
    return false;
  }

  bool open_string() {
    if (!state_.string) return false;
    const SourceRange from = state_.string->where;
    const bool one_line = state_.quote.size() == 1;
    return fail(from, fmt::format("the text is not closed: {} is missing", state_.quote),
                one_line ? fmt::format("at the end of line {}", from.line)
                         : fmt::format("it begins with {} and ends with the same", state_.quote));
  }

  bool open_bracket() {
    if (state_.brackets.empty()) return false;
    const bool statement = begins_statement(line());
    std::size_t innermost = state_.brackets.size() - 1;
    // What looks like a header is a list in the one that was not closed.
    while (statement && innermost > 0 && state_.brackets[innermost].place.where.line == at_.line) --innermost;
    const auto& [kind, place] = state_.brackets[innermost];
    const bool list = kind == '[';
    const bool behind = at_.line > place.where.line && statement;
    if (!list && at_line_end()) return open_brace(place);
    if (!at_end() && !(list && behind)) return false;
    return fail(place.where,
                list ? "the list that begins here is not closed: ] is missing"
                     : "the table that begins here is not closed: } is missing",
                behind ? fmt::format("before line {}", at_.line) : "");
  }

  /// A table in braces ends with its line.
  bool open_brace(const TextPlace& brace) {
    const char last = state_.previous ? text_[state_.previous->offset] : '{';
    if (last != ',' && last != '{')
      return fail(brace.where, "the table that begins here is not closed: } is missing",
                  fmt::format("at the end of line {}", brace.where.line));
    return fail(brace.where, "a table in braces stands on one line",
                "or give it a header of its own: [elements.NAME.KEY]");
  }

  bool in_list() {
    if (state_.brackets.empty() || state_.brackets.back().kind != '[' || says("value type")) return false;
    if (says("saw comma")) return fail(at_, "a value is missing between two commas");
    if (!says("expected comma")) return false;
    if (rest_of_line().starts_with("->"))
      return fail(at_, "a path is one text: an arrow stands outside of the quotes", "\"a -> b -> c\"");
    return missing_comma("a list");
  }

  bool in_braces() {
    if (state_.brackets.empty() || state_.brackets.back().kind != '{') return false;
    if (says("dangling comma")) return fail(at_, "a table in braces has no comma behind its last entry");
    if (!says("expected comma")) return false;
    return missing_comma("a table in braces");
  }

  bool missing_comma(std::string_view where) {
    const TextPlace previous = state_.previous.value_or(state_.end);
    SourceRange behind = previous.where;
    ++behind.column;
    return fail(
        behind, fmt::format("',' is missing between two entries of {}", where),
        previous.where.line == at_.line ? "" : fmt::format("at the end of line {}", previous.where.line));
  }

  bool header() {
    if (!what_.starts_with("table header") && !(what_.starts_with("key") && line().starts_with('[')))
      return false;
    const std::string_view written = line();
    const std::string brackets = written.starts_with("[[") ? "]]" : "]";
    if (says("a comment or whitespace"))
      return fail(at_, "the name of a table stands on a line of its own", "begin a new line here");
    if (says("blank bare keys")) return fail(at_, "the table has no name", "[elements.NAME]");
    if (what_.starts_with("key"))
      return fail(at_, "a part of the table's name is missing", "[elements.NAME]");
    const std::size_t close = written.find(']');
    if (close == std::string_view::npos || written.substr(close).starts_with(brackets) == false)
      return fail(at_, fmt::format("{} is missing behind the name of the table", brackets));
    return fail(at_, "a table's name is lower-case letters, digits, '_' and dots, without blanks");
  }

  bool key() {
    if (what_.starts_with("key:")) return fail(at_, "a part of the key is missing");
    if (!says("expected '=', saw")) return false;
    const std::string_view rest = rest_of_line();
    std::string_view name = text_.substr(state_.value_begin, state_.end.offset - state_.value_begin);
    name = name.substr(std::min(name.find_first_not_of(" \t\r\n"), name.size()));
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    const std::string shown = printable(name, 60);
    if (current() == ':') return fail(at_, "'=' stands between a key and its value, not ':'");
    if (rest.empty()) return fail(at_, fmt::format("'{}' has no value: '=' is missing", shown));
    if (rest.find('=') != std::string_view::npos)
      return fail(at_, fmt::format("a key is one word, and something stands behind '{}'", shown),
                  "letters, digits, '_' and '-'");
    return fail(at_, fmt::format("'=' is missing behind '{}'", shown));
  }

  bool behind_value() {
    if (!says("a comment or whitespace")) return false;
    const std::string_view rest = rest_of_line();
    if (rest.starts_with(',') && rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9')
      return fail(at_, "a number is written without commas", "1000 or 1_000");
    if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with("--"))
      return fail(at_, "a comment begins with #");
    if (rest == ";" || rest == ",")
      return fail(at_, fmt::format("'{}' does not stand at the end of a line", rest), "leave it out");
    if (rest.starts_with(']') || rest.starts_with('}'))
      return fail(at_, fmt::format("'{}' closes nothing", rest.front()));
    return fail(at_, "a line has one key and its value", "begin a new line here");
  }

  bool bare_value() {
    constexpr std::array<std::string_view, 9> kValues = {
        "value", "floating-point", "boolean", "decimal", "hexadecimal", "octal", "binary", "date", "time"};
    const bool of_a_value =
        std::ranges::any_of(kValues, [&](auto kind) { return what_.starts_with(kind); }) ||
        says("expected value, saw");
    if (!of_a_value) return false;
    std::size_t begin = text_.find_first_not_of(" \t\r\n", std::min(state_.value_begin, text_.size()));
    if (begin == std::string_view::npos || says("expected value, saw")) begin = state_.end.offset;
    const std::size_t end = std::min(text_.find('\n', begin), text_.size());
    const BareValue wrong = explain_bare_value(text_.substr(begin, end - begin), !state_.brackets.empty());
    return fail(place_of(begin, wrong.length), wrong.text, wrong.hint);
  }

  /// The place of `length` bytes from `offset` on, in the line of the place or above.
  [[nodiscard]] SourceRange place_of(std::size_t offset, std::size_t length) const {
    const std::string_view before = text_.substr(0, offset);
    const auto lines = static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
    std::string_view line = before.substr(before.rfind('\n') + 1);
    if (lines == 0 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    return {lines + 1, characters(line) + 1,
            std::max<std::uint32_t>(characters(text_.substr(offset, length)), 1)};
  }

  static std::uint32_t characters(std::string_view text) {
    std::uint32_t count = 0;
    for (; !text.empty(); ++count) text.remove_prefix(first_character(text).bytes);
    return count;
  }

  bool unknown_character() {
    if (!says("expected keys, tables")) return false;
    const std::string_view rest = rest_of_line();
    if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with(';'))
      return fail(at_, "a comment begins with #");
    if (rest.starts_with('=')) return fail(at_, "a key is missing before '='");
    if (rest.starts_with(']') || rest.starts_with('}'))
      return fail(at_, fmt::format("'{}' closes nothing", rest.front()));
    return fail(at_, fmt::format("'{}' begins neither a key nor a table",
                                 printable(rest.substr(0, first_character(rest).bytes))));
  }

  std::string_view text_;
  SourceRange at_;
  std::string_view what_;
  LexicalState state_;
  Diagnostics& diagnostics_;
};

}  // namespace

void report_syntax_error(std::string_view text, SourceRange at, std::string_view what,
                         Diagnostics& diagnostics) {
  SyntaxError(text, at, what, diagnostics).report();
}

}  // namespace ixyflow
