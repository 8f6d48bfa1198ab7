#include "core/config/syntax/located_text.hpp"

#include <algorithm>
#include <utility>

#include "core/base/text/utf8.hpp"

namespace ixyflow {

SourceRange LocatedText::range(std::size_t begin, std::size_t end) const {
  SourceRange where = at[std::min(begin, at.size() - 1)];
  if (end > begin && end < at.size() && at[end].line == where.line && at[end].column > where.column)
    where.length = at[end].column - where.column;
  return where;
}

LineIndex::LineIndex(std::string_view text) : text_(text) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') starts_.push_back(i + 1);
}

std::string_view LineIndex::from(std::uint32_t line) const {
  return line == 0 || line > starts_.size() ? std::string_view() : text_.substr(starts_[line - 1]);
}

namespace {

/// Walks over a string as it is written, and notes the place of every byte that it stands for.
class Locator {
 public:
  Locator(std::string_view raw, SourceRange where) : rest_(raw), line_(where.line) {
    while (column_ < where.column && !rest_.empty()) step();
  }

  std::vector<SourceRange> locate(std::size_t expected) {
    open();
    while (!rest_.empty() && !rest_.starts_with(end_) && places_.size() <= expected) {
      if (quote_ == '"' && rest_.front() == '\\')
        escape();
      else if (rest_.starts_with("\r\n"))
        take(2, 2);
      else
        take(first_character(rest_).bytes, first_character(rest_).bytes);
    }
    mark(1);
    return std::move(places_);
  }

 private:
  void open() {
    if (rest_.empty()) return;
    quote_ = rest_.front();
    const std::string_view three = quote_ == '"' ? R"(""")" : "'''";
    const bool multi_line = rest_.starts_with(three);
    end_ = multi_line ? three : three.substr(0, 1);
    for (std::size_t i = 0; i < end_.size(); ++i) step();
    // A line end right behind the opening quotes is not part of the string.
    if (multi_line && rest_.starts_with("\r\n")) step();
    if (multi_line && rest_.starts_with("\n")) step();
  }

  void escape() {
    if (rest_.size() < 2) return take(1, 1);
    switch (rest_[1]) {
      case 'u':
        return take(6, hex_bytes(4));
      case 'U':
        return take(10, hex_bytes(8));
      case '\n':
      case '\r':
      case ' ':
      case '\t':
        return skip_line_end();
      default:
        return take(2, 1);
    }
  }

  /// Bytes of UTF-8 that the code point of an escape takes.
  [[nodiscard]] std::size_t hex_bytes(std::size_t digits) const {
    std::uint32_t code = 0;
    for (const char c : rest_.substr(2, digits))
      code = code * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }

  void skip_line_end() {
    step();
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
      step();
  }

  void mark(std::size_t bytes) { places_.insert(places_.end(), bytes, SourceRange{line_, column_, 1}); }

  /// `written` bytes of the file that stand for `meant` bytes of the string.
  void take(std::size_t written, std::size_t meant) {
    mark(meant);
    const std::size_t left = rest_.size() - std::min(written, rest_.size());
    while (rest_.size() > left) step();
  }

  void step() {
    if (rest_.empty()) return;
    if (rest_.front() == '\n') {
      ++line_;
      column_ = 1;
    } else {
      ++column_;
    }
    rest_.remove_prefix(first_character(rest_).bytes);
  }

  std::string_view rest_;
  std::string_view end_;
  char quote_ = '\0';
  std::uint32_t line_;
  std::uint32_t column_ = 1;
  std::vector<SourceRange> places_;
};

}  // namespace

LocatedText locate(std::string text) {
  LocatedText located;
  SourceRange at{1, 1, 1};
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t bytes = first_character(rest).bytes;
    located.at.insert(located.at.end(), bytes, at);
    at = rest.front() == '\n' ? SourceRange{at.line + 1, 1, 1} : SourceRange{at.line, at.column + 1, 1};
    rest.remove_prefix(bytes);
  }
  located.at.push_back(at);
  located.text = std::move(text);
  return located;
}

LocatedText locate(const LineIndex& lines, SourceRange where, std::string decoded) {
  std::vector<SourceRange> places = Locator(lines.from(where.line), where).locate(decoded.size());
  if (places.size() != decoded.size() + 1) places.assign(decoded.size() + 1, where);
  return {std::move(decoded), std::move(places)};
}

}  // namespace ixyflow
