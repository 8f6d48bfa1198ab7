#pragma once

#include <string>

namespace ixyflow::tools {

/// What `ixyflow --version` prints.
std::string version_text();

}  // namespace ixyflow::tools
