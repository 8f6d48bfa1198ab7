#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "core/base/text/suggestion.hpp"
#include "core/config/build_context.hpp"
#include "core/config/shorthand/swaps.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/graph/making/guarded.hpp"

namespace ixyflow {
namespace {

/// Stands for a port that could not be made.
class BrokenPort final : public Port {
 public:
  [[nodiscard]] PortProperties properties() const override {
    PortProperties any;
    any.receive_queues = any.transmit_queues = std::numeric_limits<std::uint16_t>::max();
    return any;
  }
};

/// Of a port that the caller of build_pipeline made.
const PortSpec& spec_of_made_ports() {
  static const PortSpec spec{.name = "given",
                             .doc = {},
                             .parameters = {},
                             .counters = {},
                             .positional = {},
                             .written_to = {},
                             .create = {}};
  return spec;
}

std::string owner_of(const PortNode& node) {
  return fmt::format("port '{}' (driver {})", node.name, node.spec->name);
}

/// Fills in what a swap puts in the place of the port; false after an error.
bool apply_swap(BuildContext& build, const Swap& swap, PortNode& node) {
  node.parameters.clear();
  if (swap.make) {
    node.spec = &spec_of_made_ports();
    return guarded(owner_of(node), node.where, build.diagnostics, [&] { node.port = swap.make(); });
  }
  auto parsed = parse_swap(swap.port, swap.text, build.diagnostics);
  if (!parsed) return false;
  node.spec = parsed->spec;
  node.parameters = std::move(parsed->parameters);
  return true;
}

/// Calls `work` with where it reports mistakes of the port. Those of a swapped one are said of its --swap: it
/// has no place in the file.
template <class Work>
void reporting_of(BuildContext& build, const PortNode& node, Work work) {
  const auto swap = std::ranges::find(build.options.swaps, node.name, &Swap::port);
  if (swap == build.options.swaps.end() || swap->make) return work(build.diagnostics);
  Diagnostics said;
  work(said);
  const std::string option = fmt::format("--swap {}={}", printable(swap->port), printable(swap->text));
  for (const Diagnostic& entry : said.sorted()) {
    std::string text = fmt::format("{}: {}", option, entry.text);
    if (entry.severity == Severity::error)
      build.diagnostics.error(kCommandLine, std::move(text), entry.hint);
    else
      build.diagnostics.warning(kCommandLine, std::move(text), entry.hint);
  }
}

bool make_port(BuildContext& build, PortNode& node) {
  const std::string owner = owner_of(node);
  bool good = false;
  build.find_files(node.spec->parameters, node.parameters);
  reporting_of(build, node, [&](Diagnostics& diagnostics) {
    guarded(owner, node.where, diagnostics, [&] {
      if (node.port == nullptr) node.port = node.spec->create();
      good = apply_parameters(node.port.get(), node.parameters, node.spec->parameters, {"driver"}, owner,
                              node.where, diagnostics);
    });
  });
  return good;
}

bool read_port(BuildContext& build, const Value::Entry& entry, const Value::Table& table, PortNode& node) {
  const auto swap = std::ranges::find(build.options.swaps, entry.key, &Swap::port);
  if (swap != build.options.swaps.end()) return apply_swap(build, *swap, node);
  node.parameters = table;
  node.spec = build.find_spec(PortRegistry::instance(), entry, table, "driver",
                              fmt::format("port '{}'", printable(entry.key)), "driver", "driver = \"pcap\"");
  return node.spec != nullptr;
}

void add_port(BuildContext& build, const Value::Entry& entry) {
  PortNode node{.name = entry.key,
                .spec = nullptr,
                .parameters = {},
                .where = entry.where,
                .port = nullptr,
                .addresses = {}};
  bool good = build.check_name(entry, "a port");
  const Value::Table* table = build.table_of(entry, fmt::format("[ports.{}]", entry.key));
  good = table != nullptr && read_port(build, entry, *table, node) && make_port(build, node) && good;
  if (node.spec == nullptr) node.spec = &broken_spec<PortSpec>();
  if (!good) node.port = std::make_unique<BrokenPort>();
  build.port_of.emplace(node.name, build.pipeline.ports.size());
  build.port_broken.push_back(!good);
  build.port_named.push_back(false);
  build.pipeline.ports.push_back(std::move(node));
}

void check_swaps(BuildContext& build) {
  for (std::size_t i = 0; i < build.options.swaps.size(); ++i) {
    const std::string& port = build.options.swaps[i].port;
    const auto first = std::ranges::find(build.options.swaps, port, &Swap::port);
    if (!build.port_of.contains(port))
      build.diagnostics.error(kCommandLine,
                              fmt::format("--swap {}: the pipeline has no such port", printable(port)),
                              nearest_or_list(port, "ports", build.port_names()));
    else if (static_cast<std::size_t>(first - build.options.swaps.begin()) != i)
      build.diagnostics.error(kCommandLine, fmt::format("--swap {}: the port is swapped twice", port));
  }
}

/// Somebody in use names the port, and so those whose addresses it wants.
void name_port(BuildContext& build, std::size_t port) {
  if (build.port_named[port]) return;
  build.port_named[port] = true;
  for (const AddressOfPort& address : build.pipeline.ports[port].addresses) name_port(build, address.port);
}

}  // namespace

void build_ports(BuildContext& build) {
  const Value::Table table = build.section("ports");
  if (!build.within(table, limits::kPorts, "ports")) return;
  for (const Value::Entry& entry : table) add_port(build, entry);
  for (PortNode& node : build.pipeline.ports)
    build.find_addresses(node.spec->parameters, node.parameters, node.addresses);
  check_swaps(build);
}

namespace {

/// Whether packets leave the pipeline by a port of another kind than this one.
bool leaves_by_others(const Pipeline& pipeline, const std::vector<bool>& transmits, const PortNode& port) {
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i)
    if (transmits[i] && pipeline.ports[i].spec != port.spec) return true;
  return false;
}

}  // namespace

void configure_ports(BuildContext& build) {
  const std::size_t count = build.pipeline.ports.size();
  std::vector<bool> receives(count);
  std::vector<bool> transmits(count);
  for (std::size_t i = 0; i < build.pipeline.elements.size(); ++i) {
    const ElementNode& node = build.pipeline.elements[i];
    if (!build.wired[i]) continue;
    for (std::size_t use = 0; use < node.ports.size(); ++use) {
      (node.spec->ports[use].use == PortUse::receive ? receives : transmits)[node.ports[use]] = true;
    }
    for (const std::size_t port : node.ports) name_port(build, port);
    for (const AddressOfPort& address : node.addresses) name_port(build, address.port);
  }
  const auto playback = std::make_shared<PlaybackClock>();
  for (std::size_t i = 0; i < count; ++i) {
    PortNode& node = build.pipeline.ports[i];
    if (build.port_broken[i]) continue;
    reporting_of(build, node, [&](Diagnostics& diagnostics) {
      PortConfiguration configuration{.diagnostics = diagnostics,
                                      .parameters = node.parameters,
                                      .where = node.where,
                                      .owner = owner_of(node),
                                      .seed = build.pipeline.settings.seed.value_or(0),
                                      .packet_size = build.pipeline.settings.packet_size,
                                      .used_to_receive = receives[i],
                                      .used_to_transmit = transmits[i],
                                      .used_with_others = leaves_by_others(build.pipeline, transmits, node),
                                      .playback = playback};
      build.port_broken[i] = !guarded(configuration.owner, node.where, diagnostics,
                                      [&] { node.port->configure(configuration); });
    });
    if (build.port_broken[i]) node.port = std::make_unique<BrokenPort>();
  }
}

}  // namespace ixyflow
