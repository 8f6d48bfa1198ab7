#pragma once

#include <string>

namespace ixyflow::tools {

/// Every key of a pipeline file, but those of each type of element: a page in Markdown that can be read as it
/// is.
std::string file_reference();

}  // namespace ixyflow::tools
