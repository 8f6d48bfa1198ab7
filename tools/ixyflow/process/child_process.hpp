#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace ixyflow::tools {

/// Runs `arguments[0]`, found by PATH, gives it `input` and returns what it wrote to its standard output, of
/// which there may be `limit` bytes. A child that takes longer than `timeout` is killed. Errors: unavailable
/// (no such program), internal (it failed, or did not keep within the limits).
Result<std::string> run_filter(const std::vector<std::string>& arguments, const std::string& input,
                               Duration timeout, std::size_t limit);

}  // namespace ixyflow::tools
