#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/diagnostics.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tools/ixyflow/test/memory_port.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {

/// By port of the file, what goes in and out.
using TestTraffic = std::map<std::string, std::shared_ptr<PortTraffic>>;

/// Nothing, for each port of `file`.
TestTraffic no_traffic(const PipelineFile& file);

/// What a test runs.
struct PlannedTest {
  Pipeline pipeline;
  Plan plan;
};

/// The pipeline of `file` as `test` has it: with its `set`, and ports in memory with that `traffic` in the
/// place of all others. Nothing after a mistake.
std::optional<PlannedTest> plan_test(const PipelineFile& file, const TestCase& test, LoadOptions options,
                                     const TestTraffic& traffic, Diagnostics& diagnostics);

}  // namespace ixyflow::tools
