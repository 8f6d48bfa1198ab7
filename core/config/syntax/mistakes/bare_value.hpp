#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ixyflow {

/// What is wrong with a value that no TOML parser takes, because it stands outside of quotes or is empty.
struct BareValue {
  std::string text;        ///< "'10kpps' stands outside of quotes"
  std::string hint;        ///< "write "10kpps""
  std::size_t length = 0;  ///< bytes that the value takes
};

/// `line` begins with the value and ends with its line; in a list or table (`inside`) a comma or a bracket
/// ends the value.
BareValue explain_bare_value(std::string_view line, bool inside);

}  // namespace ixyflow
