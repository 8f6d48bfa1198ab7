#pragma once

#include <string>

namespace ixyflow {

/// Looks at a plugin's file before anything of it is loaded: whose it is, and whether its note (see
/// core/base/interface_note.hpp) says that it was built for this version of the interface. Returns why it
/// must not be loaded, or "". The file is foreign data: every offset and length in it is checked.
std::string check_plugin_file(const std::string& path);

}  // namespace ixyflow
