#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/config/syntax/located_text.hpp"

namespace ixyflow {

/// What stands in brackets: an output or an input, by name or by number.
struct Selector {
  std::string text;
  SourceRange where;
};

/// One element of a path: `[input]name[output]`. The name is that of an element, of a port or, in CamelCase,
/// of a type.
struct Hop {
  std::string name;
  SourceRange where;
  std::optional<Selector> input;
  std::optional<Selector> output;
  [[nodiscard]] bool is_type() const { return name.front() >= 'A' && name.front() <= 'Z'; }
};

struct Path {
  std::vector<Hop> hops;
  bool complete = false;       ///< nothing was wrong
  std::size_t understood = 0;  ///< bytes of the text up to the end of the last hop
};

/// Reads a path:
///   path = hop { "->" hop }         at least two hops
///   hop  = [ "[" selector "]" ] name [ ".rx" | ".tx" ] [ "[" selector "]" ]
/// The first mistake is reported, and what stands before it is returned.
Path parse_path(const LocatedText& text, Diagnostics& diagnostics);

}  // namespace ixyflow
