#include "tools/ixyflow/pipeline/prepare.hpp"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/base/messages/log.hpp"
#include "core/plugin/plugin.hpp"
#include "core/runtime/machine/topology.hpp"
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

std::expected<Reading, ExitCode> load_pipeline(const std::string& path, const LoadOptions& options,
                                               Console& console) {
  Reading reading = read_pipeline(path, options);
  if (reading.unreadable) return std::unexpected(console.failed(*reading.unreadable));
  show(reading.diagnostics, console);
  if (!reading.pipeline) return std::unexpected(ExitCode::configuration);
  const Pipeline& pipeline = *reading.pipeline;
  log(LogLevel::info,
      fmt::format("pipeline '{}' from '{}': {} elements, {} edges, {} ports", pipeline.settings.name, path,
                  pipeline.elements.size(), pipeline.edges.size(), pipeline.ports.size()));
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

std::expected<Plan, ExitCode> plan_pipeline(const Reading& reading, const Machine& machine,
                                            const PlanOptions& options, Console& console) {
  Diagnostics diagnostics(reading.file->path, reading.file->text);
  auto plan = make_plan(*reading.pipeline, machine, options, diagnostics);
  show(diagnostics, console);
  if (!plan) return std::unexpected(ExitCode::configuration);
  return std::move(*plan);
}

bool load_plugins(const std::vector<std::string>& plugins, Console& console) {
  bool good = true;
  for (const auto& path : plugins)
    if (auto loaded = load_plugin(path); !loaded) {
      std::istringstream mistakes(loaded.error().text);
      for (std::string mistake; std::getline(mistakes, mistake);) console.error(mistake);
      good = false;
    }
  return good;
}

}  // namespace ixyflow::tools
