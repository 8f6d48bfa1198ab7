#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"
#include "core/runtime/assembly/assembly.hpp"

// What elements show of themselves beside their counters (ViewSpec). Control thread, also while workers run.

namespace ixyflow {

/// "flows.top", for every view of every element.
std::vector<std::string> view_names(const Assembly& assembly);
/// The rows of the view called so, those of all copies of the element together, the largest first; nothing:
/// there is none of this name. Error (no): there are more rows than anybody reads, or one lacks the integer
/// by which they are sorted.
std::optional<Result<std::vector<Value::Table>>> view_rows(const Assembly& assembly, std::string_view name);

}  // namespace ixyflow
