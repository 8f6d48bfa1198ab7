#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/graph/machine.hpp"

namespace ixyflow {

/// This machine, as hwloc and the kernel describe it. With `synthetic` (hwloc's notation, "node:2 core:4
/// pu:2") a machine that is not there. Error (configuration): a description that hwloc does not understand,
/// or one of more than 2,048 CPUs, for which it takes longer than a second.
Result<Machine> read_machine(const std::string& synthetic = {});

}  // namespace ixyflow
