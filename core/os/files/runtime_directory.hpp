#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// The directory of control sockets and locks: $IXYFLOW_RUNTIME_DIR, else /run/ixyflow for root, else
/// $XDG_RUNTIME_DIR/ixyflow, else /tmp/ixyflow-UID.
IXYFLOW_API std::string runtime_directory();
/// The one of root's runs, which members of `kRunGroup` may look at.
inline constexpr std::string_view kSystemRuntimeDirectory = "/run/ixyflow";
inline constexpr std::string_view kRunGroup = "ixyflow";
/// Where runs are that this user may ask something: its own directory, then that of root; only the former
/// where $IXYFLOW_RUNTIME_DIR names one.
IXYFLOW_API std::vector<std::string> runtime_directories();
/// The group that sockets in `directory` are to belong to, by its number: that of root's runs, where the
/// machine has it and this is root.
IXYFLOW_API std::string group_of_runs(const std::string& directory);
/// Makes the directory unless it is there (mode 0750), and gives root's to the group of runs. Error (output):
/// it cannot be made or written, or somebody else could put files into it.
IXYFLOW_API Result<void> prepare_runtime_directory(const std::string& directory);
/// Whether sockets and locks in the directory can be trusted to be ours: one that the program chose itself
/// must belong to this user, or to root where it is that of root's runs, be no symbolic link, and have no
/// more rights than 0750. Error (output).
IXYFLOW_API Result<void> check_runtime_directory(const std::string& directory);

}  // namespace ixyflow
