#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ixyflow::tools {

/// The directory of control sockets: $IXYFLOW_RUNTIME_DIR, else /run/ixyflow for root, else
/// $XDG_RUNTIME_DIR/ixyflow, else /tmp/ixyflow-UID.
std::string runtime_directory();
/// Makes the directory unless it is there (mode 0750). Error (output): it cannot be made or written, or
/// somebody else could put sockets into it.
Result<void> prepare_runtime_directory(const std::string& directory);
/// Whether sockets in the directory can be trusted to be ours: one that the program chose itself must belong
/// to this user, be no symbolic link, and have no more rights than 0750. Error (output).
Result<void> check_runtime_directory(const std::string& directory);

/// The socket of `instance` in `directory`.
std::string socket_path(std::string_view directory, std::string_view instance);
/// Names of the instances that have a socket in `directory`, sorted; whether they are alive is not known.
std::vector<std::string> instances_in(const std::string& directory);

}  // namespace ixyflow::tools
