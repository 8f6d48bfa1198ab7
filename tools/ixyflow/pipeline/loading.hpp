#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "core/base/diagnostics.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/result.hpp"
#include "core/config/load.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"

namespace ixyflow::tools {

class Console;

/// A pipeline file after all steps that could be taken.
struct Reading {
  Diagnostics diagnostics;
  std::optional<Error> unreadable;
  std::optional<PipelineFile> file;
  std::optional<Pipeline> pipeline;  ///< only when nothing was wrong
};

/// Reads and builds the pipeline in `path` ("-": standard input), with all its mistakes collected.
Reading read_pipeline(const std::string& path, const LoadOptions& options);

/// The same for commands that need the pipeline: mistakes and warnings are shown, and the exit code comes
/// back when there is no pipeline.
std::expected<Reading, ExitCode> load_pipeline(const std::string& path, const LoadOptions& options,
                                               Console& console);

/// This machine, or the one that hwloc's `topology` describes, showing mistakes.
std::expected<Machine, ExitCode> load_machine(const std::string& topology, Console& console);

/// Has the ports look for their devices on this machine, showing which are not there. Before the pipeline is
/// planned for this machine.
std::expected<void, ExitCode> survey_ports(const Pipeline& pipeline, Console& console);

/// Plans the pipeline for `machine`, showing mistakes.
std::expected<Plan, ExitCode> plan_pipeline(const Reading& reading, const Machine& machine,
                                            const PlanOptions& options, Console& console);

/// A machine on which every CPU that the pipeline names exists: what a pipeline is checked against and tested
/// on without looking at the machine.
Machine imagined_machine(const Pipeline& pipeline);

/// --set, --swap, --plugin: options of every command that builds a pipeline.
void declare_load_options(CommandLine& line, LoadOptions& options);
/// --plugin alone.
void declare_plugin_option(CommandLine& line, std::vector<std::string>& plugins);
/// Loads plugins for a command without a pipeline; shows what is wrong.
bool load_plugins(const std::vector<std::string>& plugins, Console& console);

/// Takes for values of options: a number from `minimum` to `maximum`, a duration above 0.
CommandLine::Take take_number(std::optional<std::uint32_t>& target, std::uint32_t minimum,
                              std::uint32_t maximum);
CommandLine::Take take_duration(std::optional<Duration>& target);

}  // namespace ixyflow::tools
