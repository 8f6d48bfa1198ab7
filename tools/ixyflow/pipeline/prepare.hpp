#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/base/exit_code.hpp"
#include "core/config/load.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tools/ixyflow/pipeline/read_pipeline.hpp"

namespace ixyflow::tools {

class Console;

// The steps from a file to a plan, for commands that need it: what is wrong is shown, and where the next step
// cannot be taken the exit code comes back.

/// Reads and builds the pipeline, showing mistakes and warnings.
std::expected<Reading, ExitCode> load_pipeline(const PipelineSource& source, const LoadOptions& options,
                                               Console& console);

/// This machine, or the one that hwloc's `topology` describes, showing mistakes.
std::expected<Machine, ExitCode> load_machine(const std::string& topology, Console& console);

/// Has the ports look for their devices on this machine, showing which are not there. Before the pipeline is
/// planned for this machine.
std::expected<void, ExitCode> survey_ports(const Pipeline& pipeline, Console& console);

/// Where a port writes what the standard output leads to, nothing else may go there: results go to the
/// standard error, which must lead elsewhere. Shows what is wrong. Before anything is opened.
std::expected<void, ExitCode> leave_output_to_ports(const Pipeline& pipeline, Console& console);

/// Plans the pipeline for `machine`, showing mistakes.
std::expected<Plan, ExitCode> plan_pipeline(const Reading& reading, const Machine& machine,
                                            const PlanOptions& options, Console& console);

/// Loads plugins for a command without a pipeline, showing what is wrong; whether all were loaded.
bool load_plugins(const std::vector<std::string>& plugins, Console& console);

}  // namespace ixyflow::tools
