#pragma once

#include <string_view>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

/// Looks over the text of a file before the TOML parser sees it: whether it is UTF-8 without control
/// characters, and within the limits on nesting, string length and number of values (the parser recurses and
/// allocates without a bound of ours). The first mistake is reported, and then the answer is false.
bool scan_toml(std::string_view text, Diagnostics& diagnostics);

}  // namespace ixyflow
