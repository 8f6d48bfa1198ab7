#include "core/config/port_ends.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/base/text/name_rules.hpp"
#include "core/config/elements.hpp"

namespace ixyflow {
namespace {

std::string_view suffix_of(PortUse use) {
  return use == PortUse::receive ? kReceiveEnd : kTransmitEnd;
}

/// "wan" for "wan", "wan.rx" and "wan.tx".
std::string_view port_name(std::string_view name) {
  return name.substr(0, name.find('.'));
}

}  // namespace

std::optional<std::size_t> find_port(const BuildContext& build, std::string_view name) {
  const auto port = build.port_of.find(std::string(port_name(name)));
  return port != build.port_of.end() ? std::optional(port->second) : std::nullopt;
}

std::optional<std::size_t> find_element(const BuildContext& build, const Hop& hop, PortUse use) {
  auto known = build.element_of.find(hop.name);
  if (known == build.element_of.end())
    known = build.element_of.find(fmt::format("{}{}", hop.name, suffix_of(use)));
  return known != build.element_of.end() ? std::optional(known->second) : std::nullopt;
}

std::size_t add_port_end(BuildContext& build, const Hop& hop, std::size_t port, PortUse use) {
  // Who writes "wan.rx" says which end is meant, wherever it stands: what is wrong with that is said of the
  // element.
  if (hop.name.ends_with(kReceiveEnd)) use = PortUse::receive;
  if (hop.name.ends_with(kTransmitEnd)) use = PortUse::transmit;
  const std::string& name = build.pipeline.ports[port].name;
  ElementNode node;
  node.name = fmt::format("{}{}", name, suffix_of(use));
  if (const auto known = build.element_of.find(node.name); known != build.element_of.end())
    return known->second;
  node.where = hop.where;
  node.spec = ElementRegistry::instance().find(use == PortUse::receive ? "FromDevice" : "ToDevice");
  node.parameters.push_back({"port", hop.where, Value(name, hop.where)});
  const std::size_t element = build.pipeline.elements.size();
  build.element_of.emplace(node.name, element);
  return add_element(build, std::move(node));
}

}  // namespace ixyflow
