#pragma once

#include <string_view>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

/// Reports that `text` is no TOML, in words of its own: the parser says `what` it expected and where it
/// stopped, `at`, which is often far behind the mistake (a quote or a bracket that nobody closed). Only the
/// text up to there is looked at, and the rest of its line.
void report_syntax_error(std::string_view text, SourceRange at, std::string_view what,
                         Diagnostics& diagnostics);

}  // namespace ixyflow
