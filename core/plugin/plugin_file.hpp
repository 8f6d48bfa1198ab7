#pragma once

#include <string>

namespace ixyflow {

/// Looks at the open file of a plugin before anything of it is loaded: whether its note (see
/// core/base/interface_note.hpp) says that it was built for this version of the interface. Returns why it
/// must not be loaded, or "". The file is foreign data: every offset and length in it is checked.
std::string check_plugin_file(int file);

}  // namespace ixyflow
