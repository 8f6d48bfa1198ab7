#pragma once

#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow {

/// Opens the file `path` (absolute, without links or ".") for reading, if nobody but root and this user can
/// have written it or put it there: the file and every folder above it belong to one of the two, and nobody
/// else may write to them. A folder that all may write to is good where they cannot touch what others put
/// there (sticky, as /tmp). Each folder is looked at as it is passed through, so that nothing can be
/// exchanged in between. Errors: configuration, which says what is wrong with what.
IXYFLOW_API Result<FileDescriptor> open_trusted(const std::string& path);

/// Whether nobody but root and this user can put anything into the folder `path` (absolute, without links),
/// or make it where it is missing. So a folder that all may write to is not good, sticky or not. Errors: as
/// above.
IXYFLOW_API Result<void> check_trusted_folder(const std::string& path);

}  // namespace ixyflow
