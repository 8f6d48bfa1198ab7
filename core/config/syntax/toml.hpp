#pragma once

#include <optional>
#include <string_view>

#include "core/base/values/value.hpp"

namespace ixyflow {

/// One TOML value written by itself, as on the command line: `64`, `"text"`, `[1, 2]`. Nothing when it is
/// none. It and all that is in it get the place `where`; without one, that of the command line, line 0.
std::optional<Value> parse_toml_value(std::string_view text, SourceRange where = {});

}  // namespace ixyflow
