#pragma once

#include <cstddef>

#include "core/config/build_context.hpp"

namespace ixyflow {

/// Makes the element of `node` and sets its parameters; without a spec it becomes a broken one. Then adds it
/// to the pipeline and returns its index.
std::size_t add_element(BuildContext& build, ElementNode node);

}  // namespace ixyflow
