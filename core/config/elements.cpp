#include "core/config/elements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/text/utf8.hpp"
#include "core/config/build_context.hpp"
#include "core/config/resources.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/graph/making/make_element.hpp"

namespace ixyflow {
namespace {

/// The core that the element asks for; the name is checked when the cores are known.
void read_core(BuildContext& build, ElementNode& node) {
  const Value::Entry* core = find(node.parameters, "core");
  if (core == nullptr) return;
  const auto* name = core->value.get_if<std::string>();
  if (name != nullptr && !name->empty())
    node.core = *name;
  else {
    build.diagnostics.error(core->value.where(),
                            fmt::format("'core' takes the name of a core, not {}", core->value.show()));
    node.broken = true;
  }
}

void find_ports(BuildContext& build, ElementNode& node) {
  for (const PortUseSpec& use : node.spec->ports) {
    const Value::Entry* entry = find(node.parameters, use.parameter);
    const auto* name = entry != nullptr ? entry->value.get_if<std::string>() : nullptr;
    const auto port = name != nullptr ? build.port_of.find(*name) : build.port_of.end();
    if (port == build.port_of.end())
      node.broken = true;
    else if (!node.broken)
      node.ports.push_back(port->second);
    if (name != nullptr && port == build.port_of.end())
      build.report_unknown(entry->value.where(), "port", *name, [&] { return build.port_names(); });
  }
}

/// At most as many names as fit a line, each in quotes: "wan" or "lan".
std::string examples_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    text += (i == 0 ? "" : " or ") + quote(names[i]);
  return text;
}

/// Whether a parameter that names a port or a resource is not given.
bool lacks_a_reference(const ElementNode& node) {
  const auto lacks = [&](const auto& use) { return find(node.parameters, use.parameter) == nullptr; };
  return std::ranges::any_of(node.spec->ports, lacks) || std::ranges::any_of(node.spec->resources, lacks);
}

/// The parameters of the node's type, where those that name a port or a resource have what the file has for
/// an example.
std::vector<ParameterSpec> specs_with_examples(const BuildContext& build, const ElementNode& node) {
  std::vector<ParameterSpec> specs = node.spec->parameters;
  const auto give = [&](const std::string& parameter, const std::vector<std::string>& names) {
    const auto spec = std::ranges::find(specs, parameter, &ParameterSpec::name);
    if (spec != specs.end() && !names.empty()) spec->example = examples_of(names);
  };
  for (const PortUseSpec& use : node.spec->ports) give(use.parameter, build.port_names());
  for (const ResourceUseSpec& use : node.spec->resources) give(use.parameter, build.resource_names(use.type));
  return specs;
}

/// Names of outputs that a parameter brings: the keys of a table, the numbers of a list.
std::vector<std::string> outputs_by_parameter(const ElementNode& node) {
  std::vector<std::string> names;
  const Value::Entry* entry = find(node.parameters, node.spec->output_parameter);
  if (entry == nullptr) return names;
  if (const auto* table = entry->value.get_if<Value::Table>())
    for (const Value::Entry& item : *table) names.push_back(item.key);
  if (const auto* list = entry->value.get_if<Value::List>())
    for (std::size_t i = 0; i < list->size(); ++i) names.push_back(std::to_string(i));
  return names;
}

void name_outputs(BuildContext& build, ElementNode& node) {
  if (node.spec->output_count == OutputCount::by_parameter) node.output_names = outputs_by_parameter(node);
  if (node.output_names.size() > kMaxOutputs) {
    build.diagnostics.error(find(node.parameters, node.spec->output_parameter)->where,
                            fmt::format("{} would have more than {} outputs", owner_of(node), kMaxOutputs));
    node.output_names.resize(kMaxOutputs);
  }
  for (const ExitSpec& exit : node.spec->exits) {
    if (exit.kind != ExitKind::output) continue;
    while (node.output_names.size() <= exit.index)
      node.output_names.push_back(std::to_string(node.output_names.size()));
    node.output_names[exit.index] = exit.name;
  }
  node.outputs = static_cast<PortIndex>(node.output_names.size());
  node.inputs = static_cast<PortIndex>(node.spec->inputs.size());
}

/// True when the element has all that it needs to be configured.
bool make_element(BuildContext& build, ElementNode& node) {
  build.find_files(node.spec->parameters, node.parameters);
  node.element = create_element(node, build.diagnostics);
  if (node.element == nullptr) {
    node.element = std::make_unique<Element>();
    node.broken = true;
    return false;
  }
  const auto better =
      lacks_a_reference(node) ? std::optional(specs_with_examples(build, node)) : std::nullopt;
  const bool good = set_parameters(*node.element, node, better ? *better : node.spec->parameters,
                                   node.parameters, build.diagnostics);
  find_ports(build, node);
  node.broken |= !build.find_addresses(node.spec->parameters, node.parameters, node.addresses);
  find_resources(build, node);
  name_outputs(build, node);
  return good && !node.broken;
}

/// Whether each port can do what the element wants of it.
void check_port_uses(BuildContext& build, const ElementNode& node) {
  for (std::size_t use = 0; use < node.ports.size(); ++use) {
    const PortUseSpec& spec = node.spec->ports[use];
    const PortNode& port = build.pipeline.ports[node.ports[use]];
    const PortProperties properties = port.port->properties();
    const bool receive = spec.use == PortUse::receive;
    if (!(receive ? properties.receives : properties.transmits))
      build.diagnostics.error(find(node.parameters, spec.parameter)->value.where(),
                              fmt::format("port '{}' (driver {}) cannot {}", port.name, port.spec->name,
                                          receive ? "receive" : "transmit"));
  }
}

void read_element(BuildContext& build, const Value::Entry& entry) {
  ElementNode node;
  node.name = entry.key;
  node.where = entry.where;
  build.check_name(entry, "an element");
  if (const Value::Table* table = build.table_of(entry, fmt::format("[elements.{}]", entry.key))) {
    node.parameters = *table;
    node.spec = build.find_spec(ElementRegistry::instance(), entry, *table, "type",
                                fmt::format("element '{}'", printable(entry.key)), "element type",
                                "type = \"Counter\"");
    read_core(build, node);
  }
  std::string name = node.name;
  build.element_of.emplace(std::move(name), add_element(build, std::move(node)));
}

}  // namespace

std::size_t add_element(BuildContext& build, ElementNode node) {
  bool good = false;
  if (node.spec != nullptr) {
    good = make_element(build, node);
  } else {
    node.spec = &broken_spec<ElementSpec>();
    node.element = std::make_unique<Element>();
    node.broken = true;
  }
  build.parameters_good.push_back(good);
  build.wired.push_back(false);
  build.pipeline.elements.push_back(std::move(node));
  return build.pipeline.elements.size() - 1;
}

void build_elements(BuildContext& build) {
  const Value::Table table = build.section("elements");
  if (!build.within(table, limits::kElements, "elements")) return;
  for (const Value::Entry& entry : table) read_element(build, entry);
}

void configure_elements(BuildContext& build) {
  build.pipeline.find_waiting_sources();
  for (std::size_t i = 0; i < build.pipeline.elements.size(); ++i) {
    ElementNode& node = build.pipeline.elements[i];
    if (build.wired[i]) check_port_uses(build, node);
    if (build.parameters_good[i] &&
        !configure_element(*node.element, build.pipeline, node, node.parameters, {}, build.diagnostics))
      node.broken = true;
  }
}

}  // namespace ixyflow
