#pragma once

#include "core/config/build_context.hpp"

namespace ixyflow {

/// Finds the resources that the parameters of `node` name; it is broken after a mistake.
void find_resources(BuildContext& build, ElementNode& node);

}  // namespace ixyflow
