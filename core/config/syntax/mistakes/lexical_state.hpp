#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

/// A byte of a text and where it stands.
struct TextPlace {
  std::size_t offset = 0;
  SourceRange where;
};

/// What is open at a place of a TOML text, as far as lexis tells.
struct LexicalState {
  struct Bracket {
    char kind = '[';  ///< or '{'
    TextPlace place;
  };
  TextPlace end;                      ///< the place itself
  std::vector<Bracket> brackets;      ///< that are open, the innermost last
  std::optional<TextPlace> string;    ///< the quote of the string that is open
  std::string_view quote;             ///< `"`, `'` or three of them, that would close it
  std::size_t value_begin = 0;        ///< behind the last '=', ',' or bracket: where a value begins
  std::optional<TextPlace> previous;  ///< the last character that is neither blank nor comment
};

/// The state of `text` where its line `at.line` has the character `at.column`.
LexicalState lexical_state(std::string_view text, SourceRange at);

}  // namespace ixyflow
