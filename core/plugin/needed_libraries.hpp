#pragma once

#include <string>

namespace ixyflow {

/// Looks at the libraries that a shared object brings along: those that the dynamic linker would find in the
/// folders that the object itself names (DT_RUNPATH, DT_RPATH, $ORIGIN), or by a path, and theirs. They are
/// code like the object's own, so they must be as trusted as that, see open_trusted; and nobody else may be
/// able to put one where it is looked for. What the linker finds in the system's folders is the system's.
/// `file`: the object, open; `path`: where it stands, absolute and without links. Why it must not be loaded,
/// or "".
std::string check_needed_libraries(int file, const std::string& path);

}  // namespace ixyflow
