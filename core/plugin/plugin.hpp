#pragma once

#include <string>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// Loads the shared object `path`: its elements and ports are registered and stay for the life of the
/// process. The interface version in its note is compared first; nothing of a plugin that is refused has run.
/// Loading the same file again does nothing, and gives the same error again. Error (configuration), a line
/// for each mistake: no such file, not a plugin, another version, a name that is taken, an undefined symbol.
/// Control thread only.
IXYFLOW_API Result<void> load_plugin(const std::string& path);

/// Loads `paths`; what is wrong with them is reported at `where`. Whether all were loaded.
bool load_plugins(const std::vector<std::string>& paths, SourceRange where, Diagnostics& diagnostics);

}  // namespace ixyflow
