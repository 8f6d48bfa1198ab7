#pragma once

#include <string>
#include <vector>

#include "core/base/api.hpp"
#include "core/element/resource.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

/// What is wrong with a description, one sentence each: what would make a run go wrong, a file ambiguous, or
/// is never true. Empty for a good one. The built-in elements are held to it by a test, those of a plugin
/// when it is loaded. An object is made to try parameters on: what its constructor throws is thrown here.
IXYFLOW_API std::vector<std::string> spec_mistakes(const ElementSpec& spec);
IXYFLOW_API std::vector<std::string> spec_mistakes(const ResourceSpec& spec);

}  // namespace ixyflow
