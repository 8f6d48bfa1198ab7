#include "tools/ixgbe-model/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "core/base/diagnostics.hpp"
#include "core/net/addresses.hpp"
#include "tools/ixgbe-model/fault/faults.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

/// "key=value" with one of the keys of a device; else an empty key.
std::pair<std::string_view, std::string_view> key_and_value(std::string_view part) {
  for (const std::string_view key : {"wire", "mac", "id", "map", "start"})
    if (part.starts_with(key) && part.substr(key.size()).starts_with('='))
      return {key, part.substr(key.size() + 1)};
  return {};
}

Result<void> set_option(PortOptions& port, std::string_view key, std::string_view value) {
  const auto wrong = [&](std::string_view allowed) {
    return fail(ExitCode::usage, fmt::format("'{}={}' takes {}", key, printable(value, 40), allowed));
  };
  if (key == "wire") {
    port.wire = value;
  } else if (key == "mac") {
    const auto address = parse_ether_address(value);
    if (!address || address->is_group())
      return wrong("a MAC address of one station, such as 02:00:00:00:00:01");
    port.device.mac = address->bytes;
  } else if (key == "id") {
    if (value.starts_with("0x")) value.remove_prefix(2);
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), port.device.device_id, 16);
    if (error != std::errc() || end != value.data() + value.size())
      return wrong("the id of a PCI device, such as 10fb");
  } else if (key == "start") {
    if (value != "link") return wrong("link");
    port.start_on_link = true;
  } else {
    if (value != "none" && value != "queues") return wrong("none or queues");
    port.device.map_queues = value == "queues";
  }
  return {};
}

Result<void> add_pair(const std::vector<std::string>& texts, std::vector<PortOptions>& ports) {
  for (const std::string& text : texts) {
    auto port = parse_port(text, ports.size());
    if (!port) return std::unexpected(port.error());
    if (text.find(",wire=") != std::string::npos)
      return fail(ExitCode::usage, "the devices of --pair are plugged into each other: they take no wire=");
    port->wire = "pair";
    ports.push_back(std::move(*port));
  }
  return {};
}

std::string footer() {
  std::string text = "Wires:\n";
  for (const WireKind& kind : wire_kinds()) text += fmt::format("  {:<40} {}\n", kind.form, kind.help);
  text += fmt::format("\nFaults, for --fault and the control socket:\n{}", Faults::help());
  text +=
      "\nControl socket: one command per line, one answer line for each, \"ok ...\" or \"error: ...\":\n"
      "  help | status | N status | N FAULT       N: device, counted from 0\n"
      "\nExample: a driver between two captures\n"
      "  ixgbe-model --device /tmp/a.sock,wire=pcap:in.pcap,window=128,start=link \\\n"
      "              --device /tmp/b.sock,wire=pcap:,out.pcap\n";
  return text;
}

struct Texts {
  std::vector<std::string> devices;
  std::vector<std::string> pairs;
};

void declare(CLI::App& app, Invocation& invocation, Texts& texts) {
  app.footer(footer());
  app.add_option(
         "--device", texts.devices,
         "A device whose driver connects to SOCKET: SOCKET[,wire=WIRE][,mac=MAC][,id=ID][,map=none]"
         "[,start=link]. "
         "Without a wire it has no link. id: PCI device id (10fb). map=none: no page of registers can be "
         "mapped, every access is a message. start=link: nothing comes from the wire until the drivers of all devices "
         "have seen their links")
      ->type_name("SOCKET[,...]")
      ->allow_extra_args(false);
  app.add_option("--pair", texts.pairs, "Two devices, plugged into each other")
      ->type_name("SOCKET[,...] SOCKET[,...]")
      ->expected(2, 2 * 64);
  app.add_option("--fault", invocation.faults,
                 "Injects a fault from the start: [N] FAULT, N: one device only")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app.add_option("--control", invocation.model.control, "A UNIX stream socket that takes commands")
      ->type_name("PATH");
  app.add_flag("--spin", invocation.model.spin,
               "Never sleep: takes a CPU for itself, and is as fast as can be");
  app.add_option("--cpu", invocation.cpu, "Run on this CPU")->type_name("N");
  app.add_flag("--verbose", invocation.verbose, "Tell of drivers that come and go");
}

}  // namespace

Result<PortOptions> parse_port(std::string_view text, std::size_t number) {
  PortOptions port;
  port.device.mac.back() = static_cast<std::uint8_t>(port.device.mac.back() + number);
  port.socket = text.substr(0, text.find(','));
  text.remove_prefix(port.socket.size());
  if (port.socket.empty()) return fail(ExitCode::usage, "a device needs the path of a socket");
  std::string_view last;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(part.size());
    const auto [key, value] = key_and_value(part);
    if (!key.empty()) {
      if (auto set = set_option(port, key, value); !set) return std::unexpected(set.error());
      last = key;
    } else if (last == "wire") {
      port.wire += fmt::format(",{}", part);  // the wire has commas of its own
    } else {
      return fail(ExitCode::usage, fmt::format("a device takes wire=, mac=, id=, map= and start=, not '{}'",
                                               printable(part, 40)));
    }
  }
  return port;
}

Result<Invocation> parse_command_line(int argc, const char* const* argv) {
  Invocation invocation;
  Texts texts;
  CLI::App app(
      "Software Intel 82599 network cards, for any driver that speaks vfio-user: ixyflow's, or a guest's by "
      "QEMU's vfio-user-pci",
      "ixgbe-model");
  declare(app, invocation, texts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    invocation.help = app.help();
    return invocation;
  } catch (const CLI::ParseError& error) {
    return fail(ExitCode::usage, fmt::format("{}; `ixgbe-model --help` tells more", printable(error.what())));
  }
  for (const std::string& text : texts.devices) {
    auto port = parse_port(text, invocation.model.ports.size());
    if (!port) return std::unexpected(port.error());
    invocation.model.ports.push_back(std::move(*port));
  }
  if (texts.pairs.size() % 2 != 0) return fail(ExitCode::usage, "--pair takes two sockets");
  if (auto added = add_pair(texts.pairs, invocation.model.ports); !added)
    return std::unexpected(added.error());
  if (invocation.model.ports.empty())
    return fail(ExitCode::usage, "no device is asked for: `ixgbe-model --help` tells how");
  return invocation;
}

}  // namespace ixyflow::model
