#include "tools/ixyflow/commands/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/diagnostics.hpp"
#include "core/base/foreign_units.hpp"
#include "core/packet/batch.hpp"

namespace ixyflow::tools {
namespace {

/// Takes PORT=DRIVER:PARAMETERS.
std::string take_swap(const std::string& text, LoadOptions& options) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
    return fmt::format("takes PORT=DRIVER:PARAMETERS, not '{}'", printable(text, 60));
  const std::string port = text.substr(0, equals);
  if (std::ranges::any_of(options.swaps, [&](const Swap& swap) { return swap.port == port; }))
    return fmt::format("swaps port '{}' twice", printable(port, 40));
  options.swaps.push_back({port, text.substr(equals + 1), {}});
  return {};
}

/// Takes NAME=VALUE.
std::string take_parameter(const std::string& text, LoadOptions& options) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    return fmt::format("takes NAME=VALUE, not '{}'", printable(text, 60));
  const std::string name = text.substr(0, equals);
  if (std::ranges::any_of(options.set, [&](const auto& entry) { return entry.first == name; }))
    return fmt::format("sets '{}' twice", printable(name, 40));
  options.set.emplace_back(name, text.substr(equals + 1));
  return {};
}

}  // namespace

void declare_source(CommandLine& line, PipelineSource& source) {
  line.positional("FILE", source.files, 1, 1, "the pipeline; - is the standard input");
  declare_line(line, source.line);
}

void declare_line(CommandLine& line, std::optional<std::string>& text) {
  line.instead(
      "-e,--expression", "LINE",
      [&text](const std::string& value) {
        text = value;
        return std::string();
      },
      "the whole pipeline in one line: 'pcap:in.pcap -> Filter(\"udp\") -> pcap:out.pcap'");
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
      "--swap", "PORT=DRIVER:...", [&options](const std::string& text) { return take_swap(text, options); },
      "another port in place of one of the file: lan=pcap:in.pcap,out.pcap (read and write), "
      "lan=pcap:,out.pcap (write only), lan=null:count=1000");
  line.repeated(
      "--set", "NAME=VALUE", [&options](const std::string& text) { return take_parameter(text, options); },
      "value of a parameter of [params]");
  declare_plugin_option(line, options.plugins);
  line.value("--burst", "N", take_number(options.burst, 1, kMaxBatch), "packets moved at a time, 1 to 256");
}

void declare_allow_plugins(CommandLine& line, bool& allow) {
  line.flag(
      "--allow-plugins", allow,
      "load the file's plugins also where the kernel has no sandbox, and their code can do what it likes; "
      "and let it take longer than a minute");
}

void declare_instance_options(CommandLine& line, InstanceChoice& choice) {
  line.value(
      "--instance", "NAME",
      [&choice](const std::string& name) {
        choice.instance = name;
        return wrong_instance_name(name);
      },
      "name of the running pipeline (default: that of the pipeline)");
  line.value(
      "--socket", "PATH",
      [&choice](const std::string& path) -> std::string {
        choice.socket = path;
        return path.empty() ? "takes a path" : "";
      },
      "its control socket, instead of its name");
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
    if (target) return fmt::format("takes a duration above 0, not '{}'", printable(text, 40));
    const std::string meant = meant_duration(text);
    return with_hint(fmt::format("takes a duration such as 500ms or 10s, not '{}'", printable(text, 40)),
                     meant.empty() ? "" : "write " + meant);
  };
}

}  // namespace ixyflow::tools
