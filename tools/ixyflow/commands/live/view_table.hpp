#pragma once

#include <string>

#include "core/base/values/value.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// The rows of a view, a list of tables, as a table with a column for every key that any of them has, in the
/// order in which the keys come; "" without rows.
std::string view_text(const Value& rows, Look look);

}  // namespace ixyflow::tools
