#pragma once

#include <string_view>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

/// Reports a key or table that `text` defines a second time. The parser only says where it stopped, `at`,
/// which is somewhere in or behind the second one; the first is looked for in the text above.
void report_redefinition(std::string_view text, SourceRange at, Diagnostics& diagnostics);

}  // namespace ixyflow
