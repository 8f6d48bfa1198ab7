#pragma once

#include "core/base/api.hpp"

namespace ixyflow {

/// The program `ixyflow`: reads the command line, runs one command and returns the exit code
/// (core/base/exit_code.hpp). Results go to the standard output, everything else to the standard error. Once
/// per process, from its main thread: it sets the disposition of signals and opens the descriptors 0 to 2
/// that the caller left closed.
IXYFLOW_API int run_program(int argc, char** argv);

}  // namespace ixyflow
