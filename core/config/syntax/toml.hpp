#pragma once

#include <optional>
#include <string_view>

#include "core/base/values/value.hpp"

namespace ixyflow {

/// One TOML value written by itself, as on the command line: `64`, `"text"`, `[1, 2]`. Nothing when it is
/// none. Its place is that of the command line, line 0.
std::optional<Value> parse_toml_value(std::string_view text);

}  // namespace ixyflow
