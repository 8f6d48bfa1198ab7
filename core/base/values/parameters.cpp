#include "core/base/values/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ixyflow {
namespace {

void report_unknown(const Value::Entry& entry, const std::vector<ParameterSpec>& parameters,
                    const std::vector<std::string>& reserved, const std::string& owner,
                    Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const ParameterSpec& spec : parameters) names.push_back(spec.name);
  const std::string takes =
      names.empty() ? "takes no parameters" : fmt::format("takes: {}", fmt::join(names, ", "));
  names.insert(names.end(), reserved.begin(), reserved.end());
  const std::string nearest = did_you_mean(entry.key, names);
  diagnostics.error(entry.where, fmt::format("unknown key '{}' in {}", printable(entry.key, 60), owner),
                    nearest.empty() ? takes : nearest + "   " + takes);
}

}  // namespace

bool apply_parameters(void* object, const Value::Table& table, const std::vector<ParameterSpec>& parameters,
                      const std::vector<std::string>& reserved, const std::string& owner, SourceRange where,
                      Diagnostics& diagnostics) {
  bool good = true;
  for (const Value::Entry& entry : table) {
    if (std::ranges::find(reserved, entry.key) != reserved.end()) continue;
    const auto spec = std::ranges::find(parameters, entry.key, &ParameterSpec::name);
    if (spec == parameters.end()) {
      report_unknown(entry, parameters, reserved, owner, diagnostics);
      good = false;
    } else if (!spec->set(object, entry.value, *spec, diagnostics)) {
      good = false;
    }
  }
  for (const ParameterSpec& spec : parameters) {
    if (!spec.required || find(table, spec.name) != nullptr) continue;
    diagnostics.error(where, fmt::format("{} needs '{}'", owner, spec.name),
                      fmt::format("for example {} = {}", spec.name, spec.example));
    good = false;
  }
  return good;
}

}  // namespace ixyflow
