#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/api.hpp"

namespace ixyflow {

/// One character at the front of a text.
struct Utf8Character {
  std::size_t bytes = 1;  ///< how many it takes; 1 for a byte that starts no valid character
  bool valid = false;     ///< well-formed UTF-8: RFC 3629, no surrogates, no overlong form
  /// May go to a terminal: no control character (C0, C1, DEL), no bidirectional override.
  bool shown = false;
};

/// The character that `text`, which must not be empty, starts with. A byte that is no UTF-8 is a character of
/// its own.
IXYFLOW_API Utf8Character first_character(std::string_view text) noexcept;

/// `text` as a TOML string on one line, with its quotes.
IXYFLOW_API std::string quote(std::string_view text);

}  // namespace ixyflow
