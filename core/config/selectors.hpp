#pragma once

#include <optional>

#include "core/config/build_context.hpp"
#include "core/config/syntax/paths.hpp"

namespace ixyflow {

/// The output, or the input, that what stands in brackets means: a name or a number; null is the first one.
/// Nothing after a mistake, which is reported at the selector or at `where`.
std::optional<PortIndex> find_output(BuildContext& build, const ElementNode& node, const Selector* selector,
                                     SourceRange where);
std::optional<PortIndex> find_input(BuildContext& build, const ElementNode& node, const Selector* selector,
                                    SourceRange where);

}  // namespace ixyflow
