#include "core/config/syntax/mistakes/lexical_state.hpp"

#include "core/base/text/utf8.hpp"

namespace ixyflow {
namespace {

class StateReader {
 public:
  StateReader(std::string_view text, SourceRange at) : text_(text), at_(at) {
    if (text.starts_with("\xef\xbb\xbf")) place_.offset = 3;
    place_.where = {1, 1, 1};
    state_.value_begin = place_.offset;
  }

  LexicalState read() {
    while (!arrived()) {
      const char c = text_[place_.offset];
      if (c == '#')
        skip_comment();
      else if (c == '"' || c == '\'')
        skip_string(c);
      else
        take_structure(c);
    }
    state_.end = place_;
    return std::move(state_);
  }

 private:
  [[nodiscard]] bool arrived() const {
    return place_.offset >= text_.size() || place_.where.line > at_.line ||
           (place_.where.line == at_.line && place_.where.column >= at_.column);
  }

  void step() {
    if (text_[place_.offset] == '\n') {
      ++place_.where.line;
      place_.where.column = 1;
    } else {
      ++place_.where.column;
    }
    place_.offset += first_character(text_.substr(place_.offset)).bytes;
  }

  void skip_comment() {
    while (!arrived() && text_[place_.offset] != '\n') step();
  }

  void skip_string(char quote) {
    const std::string_view rest = text_.substr(place_.offset);
    const std::string_view three = quote == '"' ? R"(""")" : "'''";
    state_.quote = rest.starts_with(three) ? three : three.substr(0, 1);
    state_.string = place_;
    for (std::size_t i = 0; i < state_.quote.size(); ++i) step();
    while (!arrived()) {
      if (text_.substr(place_.offset).starts_with(state_.quote)) return close_string();
      if (state_.quote.size() == 1 && text_[place_.offset] == '\n') return;
      if (quote == '"' && text_[place_.offset] == '\\' && place_.offset + 1 < text_.size()) step();
      step();
    }
  }

  void close_string() {
    for (std::size_t i = 0; i < state_.quote.size(); ++i) {
      state_.previous = place_;
      step();
    }
    state_.string.reset();
  }

  void take_structure(char c) {
    if (c == '[' || c == '{') state_.brackets.push_back({c, place_});
    if ((c == ']' || c == '}') && !state_.brackets.empty()) state_.brackets.pop_back();
    // Not in a list: there a line end separates nothing.
    const bool new_line = c == '\n' && state_.brackets.empty();
    if (std::string_view("=,[{").find(c) != std::string_view::npos || new_line)
      state_.value_begin = place_.offset + 1;
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) state_.previous = place_;
    step();
  }

  std::string_view text_;
  SourceRange at_;
  TextPlace place_;
  LexicalState state_;
};

}  // namespace

LexicalState lexical_state(std::string_view text, SourceRange at) {
  return StateReader(text, at).read();
}

}  // namespace ixyflow
