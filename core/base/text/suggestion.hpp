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

/// "did you mean 'lan'?", or when nothing is near the list of what there is: "ports: wan, lan"; of many only
/// the first dozen. `what` they are is plural; "there are no ports" when there are none.
IXYFLOW_API std::string nearest_or_list(std::string_view word, std::string_view what,
                                        const std::vector<std::string>& candidates);
/// The list alone.
IXYFLOW_API std::string list_of_names(std::string_view what, const std::vector<std::string>& names);

}  // namespace ixyflow
