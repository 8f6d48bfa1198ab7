#pragma once

#include <string>
#include <vector>

#include "core/base/values/parameter_spec.hpp"

/// The keys of `[[test]]` tables, declared once as those of file_keys.hpp. They are read by `ixyflow test`,
/// which is no part of core, so there is nothing to store them in.
namespace ixyflow {

const std::vector<ParameterSpec>& test_keys();
/// Of `in = { ... }`.
const std::vector<ParameterSpec>& test_input_keys();
/// Of `out = { ... }`.
const std::vector<ParameterSpec>& test_output_keys();

/// What the `keys` are called.
std::vector<std::string> names_of(const std::vector<ParameterSpec>& keys);

}  // namespace ixyflow
