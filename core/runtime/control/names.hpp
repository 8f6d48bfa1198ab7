#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

/// "there is no element 'fv'; did you mean 'fw'?" (usage).
Error no_such(std::string_view what, std::string_view name, const std::vector<std::string>& names);

/// What messages call these workers: "core 'io'", "cores 'io', 'work'".
std::string core_names(const Plan& plan, const std::vector<std::size_t>& workers);

}  // namespace ixyflow
