#pragma once

#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// The directory of control sockets and locks: $IXYFLOW_RUNTIME_DIR, else /run/ixyflow for root, else
/// $XDG_RUNTIME_DIR/ixyflow, else /tmp/ixyflow-UID.
IXYFLOW_API std::string runtime_directory();
/// Makes the directory unless it is there (mode 0750). Error (output): it cannot be made or written, or
/// somebody else could put files into it.
IXYFLOW_API Result<void> prepare_runtime_directory(const std::string& directory);
/// Whether sockets and locks in the directory can be trusted to be ours: one that the program chose itself
/// must belong to this user, be no symbolic link, and have no more rights than 0750. Error (output).
IXYFLOW_API Result<void> check_runtime_directory(const std::string& directory);

}  // namespace ixyflow
