#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"

namespace ixyflow {

/// `text`, with the candidate that was probably meant by `word` behind it where there is one: "unknown option
/// '--brust'; did you mean '--burst'?". For messages of one line; a `Diagnostic` keeps the two apart.
IXYFLOW_API std::string with_suggestion(std::string text, std::string_view word,
                                        const std::vector<std::string>& candidates);

}  // namespace ixyflow
