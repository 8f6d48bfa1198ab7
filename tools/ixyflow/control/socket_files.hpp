#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ixyflow::tools {

/// The socket of `instance` in `directory`.
std::string socket_path(std::string_view directory, std::string_view instance);
/// Names of the instances that have a socket in `directory`, sorted; whether they are alive is not known.
/// None where it is not there. Error (refused): this user may not look.
Result<std::vector<std::string>> instances_in(const std::string& directory);

}  // namespace ixyflow::tools
