#include "core/config/resources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/text/name_rules.hpp"
#include "core/config/build_context.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/graph/making/guarded.hpp"

namespace ixyflow {
namespace {

std::string owner_of(const ResourceNode& node) {
  return fmt::format("resource '{}' (type {})", node.name, node.spec->name);
}

/// Makes the resource, sets its parameters and configures it; false after an error. It depends on nothing
/// else, and elements may read it when they are configured.
bool make_resource(BuildContext& build, ResourceNode& node) {
  ResourceConfiguration configuration{.diagnostics = build.diagnostics,
                                      .parameters = node.parameters,
                                      .where = node.where,
                                      .owner = owner_of(node)};
  bool good = false;
  const bool quiet = guarded(configuration.owner, node.where, build.diagnostics, [&] {
    build.find_files(node.spec->parameters, node.parameters);
    node.resource = node.spec->create();
    good = apply_parameters(node.resource.get(), node.parameters, node.spec->parameters, {"type"},
                            configuration.owner, node.where, build.diagnostics);
    if (good) node.resource->configure(configuration);
  });
  return good && quiet;
}

void add_resource(BuildContext& build, const Value::Entry& entry) {
  ResourceNode node;
  node.name = entry.key;
  node.where = entry.where;
  bool good = build.check_name(entry, "a resource");
  if (const Value::Table* table = build.table_of(entry, fmt::format("[resources.{}]", entry.key))) {
    node.parameters = *table;
    node.spec = build.find_spec(ResourceRegistry::instance(), entry, *table, "type",
                                fmt::format("resource '{}'", printable(entry.key)), "resource type",
                                "type = \"IPv4Table\"");
  }
  good = node.spec != nullptr && make_resource(build, node) && good;
  if (node.spec == nullptr) node.spec = &broken_spec<ResourceSpec>();
  if (!good) node.resource = nullptr;
  build.resource_of.emplace(node.name, build.pipeline.resources.size());
  build.resource_named.push_back(node.resource == nullptr);  // nothing is concluded from a broken one
  build.pipeline.resources.push_back(std::move(node));
}

/// The resource that a parameter names, when it is one of the type that the element wants.
std::optional<std::size_t> find_resource(BuildContext& build, const Value& value,
                                         const ResourceUseSpec& use) {
  const auto* name = value.get_if<std::string>();
  if (name == nullptr) return std::nullopt;  // reported as a wrong type of value
  const auto found = build.resource_of.find(*name);
  if (found == build.resource_of.end()) {
    build.report_unknown(
        value.where(), "resource", *name, [&] { return build.resource_names(); },
        is_instance_name(*name)
            ? fmt::format("declare it: [resources.{}] with type = \"{}\"", *name, use.type)
            : "");
    return std::nullopt;
  }
  const ResourceNode& node = build.pipeline.resources[found->second];
  build.resource_named[found->second] = true;
  if (node.spec != &broken_spec<ResourceSpec>() && node.spec->name != use.type)
    build.diagnostics.error(
        value.where(), fmt::format("'{}' takes a resource of type {}, and '{}' is of type {}", use.parameter,
                                   use.type, node.name, node.spec->name));
  else if (node.resource != nullptr)
    return found->second;
  return std::nullopt;
}

}  // namespace

void build_resources(BuildContext& build) {
  const Value::Table table = build.section("resources");
  if (!build.within(table, limits::kResources, "resources")) return;
  for (const Value::Entry& entry : table) add_resource(build, entry);
}

void find_resources(BuildContext& build, ElementNode& node) {
  for (const ResourceUseSpec& use : node.spec->resources) {
    const Value::Entry* entry = find(node.parameters, use.parameter);
    const auto index = entry != nullptr ? find_resource(build, entry->value, use) : std::nullopt;
    if (index)
      node.resources.push_back(*index);
    else
      node.broken = true;
  }
}

}  // namespace ixyflow
