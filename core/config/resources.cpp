#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/config/build_context.hpp"
#include "core/config/name_rules.hpp"
#include "core/config/syntax/limits.hpp"

namespace ixyflow {
namespace {

/// Stands for the type of a resource that could not be made: nothing more is said about who uses it.
const ResourceSpec& broken_spec() {
  static const ResourceSpec spec{.name = "unknown", .doc = {}, .example = {}, .parameters = {}, .create = {}};
  return spec;
}

std::string owner_of(const ResourceNode& node) {
  return fmt::format("resource '{}' (type {})", node.name, node.spec->name);
}

/// Makes the resource, sets its parameters and configures it; false after an error. It depends on nothing
/// else, and elements may read it when they are configured.
bool make_resource(Build& build, ResourceNode& node) {
  const std::string owner = owner_of(node);
  const auto make = [&] { node.resource = node.spec->create(); };
  if (!build.guarded(node.where, owner, make) || node.resource == nullptr) return false;
  if (!apply_parameters(node.resource.get(), node.parameters, node.spec->parameters, {"type"}, owner,
                        node.where, build.diagnostics))
    return false;
  ResourceConfiguration configuration{
      .diagnostics = build.diagnostics, .parameters = node.parameters, .where = node.where, .owner = owner};
  return build.guarded(node.where, owner, [&] { node.resource->configure(configuration); });
}

void add_resource(Build& build, const Value::Entry& entry) {
  ResourceNode node{
      .name = entry.key, .spec = nullptr, .parameters = {}, .where = entry.where, .resource = nullptr};
  bool good = is_instance_name(entry.key);
  if (!good)
    build.diagnostics.error(entry.where, fmt::format("'{}' is no name for a resource", printable(entry.key)),
                            "names are lower-case letters, digits and '_', at most 64");
  if (const Value::Table* table = build.table_of(entry, fmt::format("[resources.{}]", entry.key))) {
    node.parameters = *table;
    node.spec = build.find_spec(ResourceRegistry::instance(), entry, *table, "type",
                                fmt::format("resource '{}'", printable(entry.key)), "resource type",
                                "type = \"IPv4Table\"");
  }
  good = node.spec != nullptr && make_resource(build, node) && good;
  if (node.spec == nullptr) node.spec = &broken_spec();
  if (!good) node.resource = nullptr;
  build.resource_of.emplace(node.name, build.pipeline.resources.size());
  build.resource_named.push_back(node.resource == nullptr);  // nothing is concluded from a broken one
  build.pipeline.resources.push_back(std::move(node));
}

/// The resource that a parameter names, when it is one of the type that the element wants.
std::optional<std::size_t> find_resource(Build& build, const Value& value, const ResourceUseSpec& use) {
  const auto* name = value.get_if<std::string>();
  if (name == nullptr) return std::nullopt;  // reported as a wrong type of value
  const auto found = build.resource_of.find(*name);
  if (found == build.resource_of.end()) {
    std::string hint = build.suggest(*name, [&] { return build.resource_names(); });
    if (hint.empty() && is_instance_name(*name))
      hint = fmt::format("declare it: [resources.{}] with type = \"{}\"", *name, use.type);
    build.diagnostics.error(value.where(), fmt::format("there is no resource '{}'", printable(*name)),
                            std::move(hint));
    return std::nullopt;
  }
  const ResourceNode& node = build.pipeline.resources[found->second];
  build.resource_named[found->second] = true;
  if (node.spec != &broken_spec() && node.spec->name != use.type)
    build.diagnostics.error(
        value.where(), fmt::format("'{}' takes a resource of type {}, and '{}' is of type {}", use.parameter,
                                   use.type, node.name, node.spec->name));
  else if (node.resource != nullptr)
    return found->second;
  return std::nullopt;
}

}  // namespace

void build_resources(Build& build) {
  const Value::Table table = build.section("resources");
  if (!build.within(table, limits::kResources, "resources")) return;
  for (const Value::Entry& entry : table) add_resource(build, entry);
}

void bind_resources(Build& build, ElementNode& node) {
  for (const ResourceUseSpec& use : node.spec->resources) {
    const Value::Entry* entry = find(node.parameters, use.parameter);
    const auto index = entry != nullptr ? find_resource(build, entry->value, use) : std::nullopt;
    if (!index) {
      node.broken = true;
      continue;
    }
    use.set(*node.element, *build.pipeline.resources[*index].resource);
    node.resources.push_back(*index);
  }
}

void warn_of_unused_resources(Build& build) {
  for (std::size_t i = 0; i < build.resource_named.size(); ++i)
    if (const ResourceNode& node = build.pipeline.resources[i]; !build.resource_named[i])
      build.diagnostics.warning(node.where, fmt::format("no element uses resource '{}'", node.name));
}

}  // namespace ixyflow
