#pragma once

#include <string>

#include "core/base/values/value.hpp"

namespace ixyflow::tools {

/// The value that `text` is in TOML: numbers, texts and lists for programs, where people see them as they
/// stand in a file. Without data for "", which stands for none; the text itself where it is no TOML.
Value value_of_toml(const std::string& text);

}  // namespace ixyflow::tools
