#pragma once

#include <string>

#include "core/base/values/parameter_spec.hpp"

namespace ixyflow {

/// How `value`, which the parameter refused, should have been written: "write "10Gbit/s"", "write it in
/// brackets: ["a.so"]", "did you mean 'wait'?". "" when that cannot be told.
std::string value_hint(const Value& value, const ParameterSpec& spec);

}  // namespace ixyflow
