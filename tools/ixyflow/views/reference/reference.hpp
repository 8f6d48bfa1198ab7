#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/values/value.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/element/resource.hpp"
#include "tools/ixyflow/terminal/style.hpp"

// The manual: what elements, resources and port drivers declare about themselves, for people and for
// programs.
namespace ixyflow::tools {

/// Everything there is, a line each.
std::string catalogue_text(Look look);
std::string reference_text(const ElementSpec& spec, Look look);
std::string reference_text(const ResourceSpec& spec, Look look);
std::string reference_text(const PortSpec& spec, Look look);

Value catalogue_json();
Value reference_json(const ElementSpec& spec);
Value reference_json(const ResourceSpec& spec);
Value reference_json(const PortSpec& spec);

// What both say in the same words.

std::string inputs_text(const ElementSpec& spec);
std::string outputs_text(const ElementSpec& spec);
std::string_view replication_text(Replication replication);
std::string_view counter_kind_text(CounterKind kind);
/// Elements that use resources of this type, each with the parameter that names one.
std::vector<std::pair<std::string, std::string>> users_of(const ResourceSpec& spec);

}  // namespace ixyflow::tools
