#pragma once

#include "core/graph/machine.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow::tools {

/// A machine on which every CPU that the pipeline names exists: what a pipeline is checked against and tested
/// on without looking at the machine.
Machine imagined_machine(const Pipeline& pipeline);

}  // namespace ixyflow::tools
