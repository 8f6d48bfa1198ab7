#include "core/config/shorthand/argument_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/config/syntax/toml.hpp"

namespace ixyflow {
namespace {

/// Numbers, booleans, lists and quoted texts are TOML; the rest is taken as it is written.
Value value_of(const Argument& argument, const ParameterSpec* spec) {
  const bool quoted = argument.value.starts_with('"') || argument.value.starts_with('\'');
  if (spec == nullptr || spec->shape != ParameterShape::string || quoted)
    if (auto value = parse_toml_value(argument.value, argument.where)) return *std::move(value);
  return Value(argument.value, argument.where);
}

}  // namespace

Value::Table table_of_arguments(const std::vector<Argument>& arguments,
                                const std::vector<ParameterSpec>& parameters,
                                const std::vector<std::string>& positional, std::string_view owner,
                                const ArgumentFault& fault) {
  Value::Table table;
  std::size_t place = 0;
  for (const Argument& argument : arguments) {
    std::string name = argument.name;
    if (name.empty()) {
      if (place == positional.size()) {
        fault(argument.where,
              fmt::format("{} takes {} without a name{}", owner,
                          positional.empty()       ? "no value"
                          : positional.size() == 1 ? "one value"
                                                   : fmt::format("{} values", positional.size()),
                          positional.empty() ? "" : fmt::format(": {}", fmt::join(positional, ", "))),
              fmt::format("write name={}", printable(argument.value, 40)));
        return table;
      }
      name = positional[place++];
      if (argument.value.empty()) continue;
    }
    if (find(table, name) != nullptr) {
      fault(argument.where, fmt::format("'{}' is given twice", name), {});
      continue;
    }
    const auto spec = std::ranges::find(parameters, name, &ParameterSpec::name);
    Value value = value_of(argument, spec != parameters.end() ? &*spec : nullptr);
    table.push_back(
        {std::move(name), argument.name.empty() ? argument.where : argument.name_where, std::move(value)});
  }
  return table;
}

}  // namespace ixyflow
