#include "core/base/values/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/text/name_rules.hpp"

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

std::vector<std::string> parameter_mistakes(const std::vector<ParameterSpec>& parameters,
                                            const std::vector<std::string>& reserved) {
  std::vector<std::string> mistakes;
  for (auto spec = parameters.begin(); spec != parameters.end(); ++spec) {
    const auto mistake = [&](std::string_view text) {
      mistakes.push_back(fmt::format("parameter '{}' {}", spec->name, text));
    };
    if (!is_instance_name(spec->name))
      mistake("is no name: a small letter, then small letters, digits and underscores");
    if (std::ranges::find(reserved, spec->name) != reserved.end())
      mistake("has the name of a key that means something else");
    if (std::any_of(parameters.begin(), spec,
                    [&](const ParameterSpec& other) { return other.name == spec->name; }))
      mistake("is declared twice");
    const std::int64_t low = spec->minimum.value_or(std::numeric_limits<std::int64_t>::min());
    const std::int64_t high = spec->maximum.value_or(std::numeric_limits<std::int64_t>::max());
    if (low > high) {
      mistake(fmt::format("has a range whose ends are the wrong way round: {}", spec->range()));
    } else if (!spec->required && std::ranges::any_of(spec->default_numbers, [&](std::int64_t number) {
                 return number < low || number > high;
               })) {
      mistake(fmt::format("has a default outside of its range: {} is not in {}", spec->default_text,
                          spec->range()));
    }
  }
  return mistakes;
}

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
