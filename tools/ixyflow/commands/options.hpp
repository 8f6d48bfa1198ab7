#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/units.hpp"
#include "core/config/load.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"
#include "tools/ixyflow/control/instance_choice.hpp"
#include "tools/ixyflow/pipeline/read_pipeline.hpp"

// Options that several commands have, each declared once.
namespace ixyflow::tools {

/// FILE or -e: options of every command that works on one pipeline.
void declare_source(CommandLine& line, PipelineSource& source);
/// -e alone.
void declare_line(CommandLine& line, std::optional<std::string>& text);
/// --set, --swap, --plugin: options of every command that builds a pipeline.
void declare_load_options(CommandLine& line, LoadOptions& options);
/// --plugin alone.
void declare_plugin_option(CommandLine& line, std::vector<std::string>& plugins);
/// --allow-plugins, of commands that only look at pipelines.
void declare_allow_plugins(CommandLine& line, bool& allow);
/// --instance and --socket, which exclude each other.
void declare_instance_options(CommandLine& line, InstanceChoice& choice);

/// Takes for values of options: a number from `minimum` to `maximum`, a duration above 0.
CommandLine::Take take_number(std::optional<std::uint32_t>& target, std::uint32_t minimum,
                              std::uint32_t maximum);
CommandLine::Take take_duration(std::optional<Duration>& target);

}  // namespace ixyflow::tools
