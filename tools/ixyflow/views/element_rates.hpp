#pragma once

#include <string>

#include "core/base/values/value.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// What every element did per second between two summaries in JSON of a run, the earlier one first: packets
/// and bits that came to it, packets that it dropped. Somebody else may have written them: what is not as it
/// should be counts as 0.
Value element_rates_json(const Value& before, const Value& after);

/// The same for people.
std::string element_rates_text(const Value& rates, Look look);

}  // namespace ixyflow::tools
