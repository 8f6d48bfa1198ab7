#pragma once

#include <functional>
#include <string_view>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

/// Calls what the author of an element, a port or a resource wrote, which may come from a plugin: an
/// exception is a mistake of `owner` ("element 'fw' (type Filter)") at `where` like any other. False when
/// anything was reported meanwhile. Control thread.
bool guarded(std::string_view owner, SourceRange where, Diagnostics& diagnostics,
             const std::function<void()>& call);

}  // namespace ixyflow
