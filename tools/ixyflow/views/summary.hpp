#pragma once

#include <string>
#include <vector>

#include "core/base/values/value.hpp"
#include "core/runtime/engine/trace/trace_step.hpp"
#include "core/runtime/report/report.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// What a run did, for people: elements with packets, bytes, cost and where the packets went, then rings,
/// ports and cores as far as they say something, then the ledger.
std::string summary_text(const RunReport& report, Look look);

/// The same with every number, for programs; `trace` is added when there is one.
Value summary_json(const RunReport& report, const std::vector<TraceStep>& trace);

/// "received 4,096 + created 0 = sent 4,096 + consumed 0 + dropped 0 + held 0".
std::string ledger_text(const Ledger& ledger);

}  // namespace ixyflow::tools
