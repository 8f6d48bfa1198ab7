#pragma once

#include <string>

#include "core/base/api.hpp"

namespace ixyflow {

/// What an errno of a system call means, with the limit of the process that may be behind it: "Too many open
/// files (limit: ulimit -n)". Any thread but a worker's.
IXYFLOW_API std::string system_error_text(int error);

}  // namespace ixyflow
