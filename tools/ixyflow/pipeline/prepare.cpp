#include "tools/ixyflow/pipeline/prepare.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/base/messages/log.hpp"
#include "core/os/files/file_identity.hpp"
#include "core/plugin/plugin.hpp"
#include "core/runtime/machine/topology.hpp"
#include "tools/ixyflow/pipeline/apart.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

/// Shows what `diagnostics` holds; warnings only where they are wanted.
void show(const Diagnostics& diagnostics, Console& console) {
  if (diagnostics.errors() + diagnostics.warnings() == 0) return;
  if (diagnostics.ok() && console.quiet()) return;
  console.err(diagnostics.render(console.colour_err()));
}

}  // namespace

std::expected<Reading, ExitCode> load_pipeline(const PipelineSource& source, const LoadOptions& options,
                                               Console& console) {
  Reading reading = read_pipeline(source, options);
  if (reading.unreadable) return std::unexpected(console.failed(*reading.unreadable));
  show(reading.diagnostics, console);
  if (!reading.pipeline) return std::unexpected(ExitCode::configuration);
  const Pipeline& pipeline = *reading.pipeline;
  log(LogLevel::info, fmt::format("pipeline '{}' from '{}': {} elements, {} edges, {} ports",
                                  pipeline.settings.name, reading.file->path, pipeline.elements.size(),
                                  pipeline.edges.size(), pipeline.ports.size()));
  return reading;
}

std::expected<Machine, ExitCode> load_machine(const std::string& topology, Console& console) {
  auto machine = read_machine(topology);
  if (!machine) return std::unexpected(console.failed(machine.error()));
  std::vector<int> allowed;
  for (const Cpu& cpu : machine->cpus)
    if (cpu.allowed) allowed.push_back(cpu.id);
  log(LogLevel::info,
      fmt::format("machine: {} NUMA node{}; this process may use CPU {} of {}", machine->nodes.size(),
                  machine->nodes.size() == 1 ? "" : "s", show_numbers(allowed), machine->cpus.size()));
  return std::move(*machine);
}

std::expected<void, ExitCode> survey_ports(const Pipeline& pipeline, Console& console) {
  std::expected<void, ExitCode> result;
  for (const PortNode& node : pipeline.ports) {
    auto found = node.port->survey();
    if (found) continue;
    console.error(fmt::format("port '{}': {}", node.name, found.error().text));
    result = std::unexpected(found.error().code);
  }
  return result;
}

std::expected<void, ExitCode> leave_output_to_ports(const Pipeline& pipeline, Console& console) {
  constexpr std::string_view kStandardStream = "-";
  const auto identity = [](const std::optional<IdentifiedFile>& file) {
    return file ? std::optional(file->identity) : std::nullopt;
  };
  const auto out = identity(identify_descriptor(STDOUT_FILENO));
  const auto err = identity(identify_descriptor(STDERR_FILENO));
  for (const PortNode& node : pipeline.ports)
    for (const std::string& path : node.port->properties().writes) {
      const bool named = path == kStandardStream;
      const auto file = named ? out : identity(identify_file(path));
      if (file && file == err)
        return std::unexpected(console.failed(
            {ExitCode::refused,
             fmt::format(
                 "port '{}' writes to '{}', where the standard error leads, too: packets and messages "
                 "would mix",
                 node.name, printable(path))}));
      if (!named && (!file || file != out)) continue;
      if (!console.give_away_out())
        return std::unexpected(console.failed(
            {ExitCode::output,
             fmt::format("port '{}' writes to the standard output, which is closed", node.name)}));
    }
  return {};
}

std::expected<Plan, ExitCode> plan_pipeline(const Reading& reading, const Machine& machine,
                                            const PlanOptions& options, Console& console) {
  Diagnostics diagnostics(reading.file->path, reading.file->text);
  auto plan = make_plan(*reading.pipeline, machine, options, diagnostics);
  show(diagnostics, console);
  if (!plan) return std::unexpected(ExitCode::configuration);
  return std::move(*plan);
}

bool load_plugins(const std::vector<std::string>& plugins, Console& console) {
  if (!plugins.empty()) begin_strangers_time();
  Diagnostics diagnostics;
  const bool good = ixyflow::load_plugins(plugins, {}, diagnostics);
  for (const Diagnostic& mistake : diagnostics.sorted()) console.error(mistake.text);
  return good;
}

}  // namespace ixyflow::tools
