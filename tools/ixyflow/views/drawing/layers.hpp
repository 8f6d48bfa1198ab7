#pragma once

#include <cstddef>
#include <vector>

#include "tools/ixyflow/views/drawing/drawing.hpp"

namespace ixyflow::tools {

/// The layer of every node: without the edges that lead back, which a search in depth finds, each edge leads
/// to a later one. A node is as early as it can be, but for one that nothing feeds, which stands right before
/// what it feeds.
std::vector<std::size_t> layers_of(const Drawing& drawing);

}  // namespace ixyflow::tools
