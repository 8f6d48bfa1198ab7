#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/config/syntax/arguments.hpp"
#include "core/config/syntax/paths.hpp"

namespace ixyflow {

/// What stands between two arrows of a pipeline in one line: something that is declared there, or the name of
/// something.
struct Station {
  std::string name;  ///< empty: it has none
  std::string type;  ///< of the element, or the driver of the port; empty: only a name is said
  SourceRange where;
  SourceRange type_where;
  bool port = false;
  std::vector<Argument> arguments;
  std::optional<Selector> input;
  std::optional<Selector> output;
};

using Line = std::vector<std::vector<Station>>;

/// Reads paths in which elements and ports are declared where they stand, in Click's manner:
///   line    = path { ";" path }
///   path    = station { "->" station }
///   station = [ "[" input "]" ] what [ "[" output "]" ]
///   what    = name | [ name "::" ] Type [ "(" arguments ")" ] | [ name "::" ] driver ":" arguments
/// A driver's arguments end before the next arrow or semicolon. The first mistake is reported, and then there
/// is no line.
std::optional<Line> parse_line(const LocatedText& text, Diagnostics& diagnostics);

}  // namespace ixyflow
