#include "tools/ixyflow/pipeline/loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/packet/batch.hpp"
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

Reading read_pipeline(const std::string& path, const LoadOptions& options) {
  Reading reading;
  const bool standard_input = path == "-";
  auto text = read_pipeline_text(standard_input ? "/dev/stdin" : path);
  if (!text) {
    reading.unreadable = text.error();
    return reading;
  }
  const std::string name = standard_input ? "<standard input>" : path;
  reading.diagnostics = Diagnostics(name, *text);
  reading.file = parse_pipeline(name, std::move(*text), reading.diagnostics);
  if (reading.file) reading.pipeline = build_pipeline(*reading.file, options, reading.diagnostics);
  return reading;
}

std::expected<Reading, ExitCode> load_pipeline(const std::string& path, const LoadOptions& options,
                                               Console& console) {
  Reading reading = read_pipeline(path, options);
  if (reading.unreadable) {
    console.error(reading.unreadable->text);
    return std::unexpected(reading.unreadable->code);
  }
  show(reading.diagnostics, console);
  if (!reading.pipeline) return std::unexpected(ExitCode::configuration);
  return reading;
}

std::expected<Machine, ExitCode> load_machine(const std::string& topology, Console& console) {
  auto machine = read_machine(topology);
  if (machine) return std::move(*machine);
  console.error(machine.error().text);
  return std::unexpected(machine.error().code);
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

Machine imagined_machine(const Pipeline& pipeline) {
  constexpr int kCpus = 256;
  constexpr int kMostCpus = 4096;
  int highest = kCpus - 1;
  for (const CoreRequest& core : pipeline.cores)
    if (core.cpu) highest = std::max(highest, std::min(*core.cpu, kMostCpus - 1));
  Machine machine;
  for (int id = 0; id <= highest; ++id) machine.cpus.push_back({.id = id, .core = id});
  machine.nodes.push_back({});
  return machine;
}

void declare_plugin_option(CommandLine& line, std::vector<std::string>& plugins) {
  line.repeated(
      "--plugin", "FILE.so",
      [&plugins](const std::string& text) {
        plugins.push_back(text);
        return std::string();
      },
      "elements and port drivers from a shared object");
}

void declare_load_options(CommandLine& line, LoadOptions& options) {
  line.repeated(
      "--swap", "PORT=DRIVER:...",
      [&options](const std::string& text) -> std::string {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
          return fmt::format("takes PORT=DRIVER:PARAMETERS, not '{}'", printable(text, 60));
        const std::string port = text.substr(0, equals);
        if (std::ranges::any_of(options.swaps, [&](const Swap& swap) { return swap.port == port; }))
          return fmt::format("swaps port '{}' twice", printable(port, 40));
        options.swaps.push_back({port, text.substr(equals + 1), {}});
        return {};
      },
      "another port in place of one of the file: lan=pcap:in.pcap,out.pcap (read and write), "
      "lan=pcap:,out.pcap (write only), lan=null:count=1000");
  line.repeated(
      "--set", "NAME=VALUE",
      [&options](const std::string& text) -> std::string {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos)
          return fmt::format("takes NAME=VALUE, not '{}'", printable(text, 60));
        const std::string name = text.substr(0, equals);
        if (std::ranges::any_of(options.set, [&](const auto& entry) { return entry.first == name; }))
          return fmt::format("sets '{}' twice", printable(name, 40));
        options.set.emplace_back(name, text.substr(equals + 1));
        return {};
      },
      "value of a parameter of [params]");
  declare_plugin_option(line, options.plugins);
  line.value("--burst", "N", take_number(options.burst, 1, kMaxBatch), "packets moved at a time, 1 to 256");
}

bool load_plugins(const std::vector<std::string>& plugins, Console& console) {
  bool good = true;
  for (const auto& path : plugins)
    if (auto loaded = load_plugin(path); !loaded) {
      console.error(loaded.error().text);
      good = false;
    }
  return good;
}

CommandLine::Take take_number(std::optional<std::uint32_t>& target, std::uint32_t minimum,
                              std::uint32_t maximum) {
  return [&target, minimum, maximum](const std::string& text) -> std::string {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < minimum || number > maximum)
      return fmt::format("takes a number from {} to {}, not '{}'", minimum, maximum, printable(text, 40));
    target = number;
    return {};
  };
}

CommandLine::Take take_duration(std::optional<Duration>& target) {
  return [&target](const std::string& text) -> std::string {
    target = parse_duration(text);
    if (target && target->ns > 0) return {};
    return fmt::format("takes a duration such as 500ms or 10s, not '{}'", printable(text, 40));
  };
}

}  // namespace ixyflow::tools
