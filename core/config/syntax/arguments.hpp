#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/config/syntax/located_text.hpp"

namespace ixyflow {

/// What a port or an element is given outside of a table: `name=value`, or a value alone in its place.
struct Argument {
  std::string name;  ///< empty: the value stands alone
  SourceRange name_where;
  std::string value;  ///< as it is written; empty: nothing is given in this place
  SourceRange where;
};

/// Where the quotes and brackets that begin at or behind `begin` let a mark stand outside of them: the first
/// byte of `text` for which `is_end(offset)` is true there, else the end of the text.
template <class IsEnd>
std::size_t find_outside(std::string_view text, std::size_t begin, IsEnd is_end);

/// The arguments in `text` from byte `begin` to before byte `end`, which commas outside of quotes and
/// brackets separate. None when there is nothing but blanks.
std::vector<Argument> split_arguments(const LocatedText& text, std::size_t begin, std::size_t end);

namespace detail {

/// Follows quotes and brackets through a text.
class Nesting {
 public:
  /// Whether `c`, the next character, stands outside of all quotes and brackets. One that opens them does
  /// not, one that closes nothing does.
  bool outside(char c);

 private:
  char quote_ = '\0';
  char last_ = '\0';  ///< a quotation mark in the middle of a word is a part of it
  std::size_t depth_ = 0;
  bool escaped_ = false;
};

}  // namespace detail

template <class IsEnd>
std::size_t find_outside(std::string_view text, std::size_t begin, IsEnd is_end) {
  detail::Nesting nesting;
  for (std::size_t i = begin; i < text.size(); ++i)
    if (nesting.outside(text[i]) && is_end(i)) return i;
  return text.size();
}

}  // namespace ixyflow
