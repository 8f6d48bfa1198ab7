#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ixyflow::tools {

/// The socket of `instance` in `directory`.
std::string socket_path(std::string_view directory, std::string_view instance);
/// Names of the instances that have a socket in `directory`, sorted; whether they are alive is not known.
std::vector<std::string> instances_in(const std::string& directory);

}  // namespace ixyflow::tools
