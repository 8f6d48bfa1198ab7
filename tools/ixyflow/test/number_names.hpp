#pragma once

#include <string>
#include <vector>

#include "core/runtime/report/report.hpp"
#include "tools/ixyflow/test/planned_test.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {

/// A report of a run of `test` that has not begun: it has every name that the one at the end has, and zeros.
RunReport blank_report(const PlannedTest& test);

/// Reports names of counters and drops in `tests` that no run of them has, with what is near or what the
/// element has. Tests whose pipeline has a mistake are passed over.
void check_numbers(const PipelineFile& file, const std::vector<TestCase>& tests, const LoadOptions& options,
                   Diagnostics& diagnostics);

}  // namespace ixyflow::tools
