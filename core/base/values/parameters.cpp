#include "core/base/values/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace ixyflow {
namespace {

using Missing = std::vector<const ParameterSpec*>;

/// Keys that are there or may be, as a reader of messages sees them.
struct Keys {
  std::vector<std::string> names;  ///< that a key can be meant as
  std::string takes;               ///< "takes: expr, vlan"
};

Keys keys_of(const std::vector<ParameterSpec>& parameters, const std::vector<std::string>& reserved) {
  Keys keys;
  for (const ParameterSpec& spec : parameters) keys.names.push_back(spec.name);
  keys.takes =
      keys.names.empty() ? "takes no parameters" : fmt::format("takes: {}", fmt::join(keys.names, ", "));
  keys.names.insert(keys.names.end(), reserved.begin(), reserved.end());
  return keys;
}

void report_unknown(const Value::Entry& entry, const Keys& keys, const std::string& meant,
                    const std::string& owner, Diagnostics& diagnostics) {
  diagnostics.error(entry.where, fmt::format("unknown key '{}' in {}", printable(entry.key, 60), owner),
                    meant.empty() ? keys.takes : meant + "   " + keys.takes);
}

/// Reports the unknown keys of a table. A missing one that one of them was meant as is no mistake of its own
/// and is taken out of `missing`.
void report_unknown_keys(const std::vector<const Value::Entry*>& unknown, const Keys& keys, Missing& missing,
                         const std::string& owner, Diagnostics& diagnostics) {
  const bool only_one = unknown.size() == 1 && missing.size() == 1;
  for (const Value::Entry* entry : unknown) {
    const std::string_view nearest = nearest_name(entry->key, keys.names);
    std::string meant = nearest.empty() ? "" : fmt::format("did you mean '{}'?", nearest);
    std::erase_if(missing, [&](const ParameterSpec* spec) { return spec->name == nearest; });
    if (nearest.empty() && only_one) {
      meant = fmt::format("'{}' is needed", missing.front()->name);
      missing.clear();
    }
    report_unknown(*entry, keys, meant, owner, diagnostics);
  }
}

}  // namespace

bool apply_parameters(void* object, const Value::Table& table, const std::vector<ParameterSpec>& parameters,
                      const std::vector<std::string>& reserved, const std::string& owner, SourceRange where,
                      Diagnostics& diagnostics) {
  bool good = true;
  std::vector<const Value::Entry*> unknown;
  for (const Value::Entry& entry : table) {
    if (std::ranges::find(reserved, entry.key) != reserved.end()) continue;
    const auto spec = std::ranges::find(parameters, entry.key, &ParameterSpec::name);
    if (spec == parameters.end())
      unknown.push_back(&entry);
    else if (!spec->set(object, entry.value, *spec, diagnostics))
      good = false;
  }
  Missing missing;
  for (const ParameterSpec& spec : parameters)
    if (spec.required && find(table, spec.name) == nullptr) missing.push_back(&spec);
  good = good && unknown.empty() && missing.empty();
  if (!unknown.empty())
    report_unknown_keys(unknown, keys_of(parameters, reserved), missing, owner, diagnostics);
  for (const ParameterSpec* spec : missing)
    diagnostics.error(
        where, fmt::format("{} needs '{}'", owner, spec->name),
        spec->example.empty() ? spec->doc : fmt::format("for example {} = {}", spec->name, spec->example));
  return good;
}

}  // namespace ixyflow
