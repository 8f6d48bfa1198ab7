#pragma once

#include <string>

#include "core/base/values/value.hpp"

namespace ixyflow::tools {

/// The tables of a pipeline, as a person would write the file.
std::string pipeline_toml(const Value::Table& root);

}  // namespace ixyflow::tools
