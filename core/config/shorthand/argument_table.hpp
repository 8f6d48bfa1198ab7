#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/values/parameter_spec.hpp"
#include "core/base/values/value.hpp"
#include "core/config/syntax/arguments.hpp"

namespace ixyflow {

/// Reports that there is something wrong with an argument.
using ArgumentFault = std::function<void(SourceRange where, std::string text, std::string hint)>;

/// The table that `arguments` stand for: those without a name are given to the parameters called
/// `positional`, in this order. A value is text where the parameter takes text and it is not quoted, else
/// TOML. `owner` is what takes them, "the driver". Whether there are parameters of these names is not looked
/// at.
Value::Table table_of_arguments(const std::vector<Argument>& arguments,
                                const std::vector<ParameterSpec>& parameters,
                                const std::vector<std::string>& positional, std::string_view owner,
                                const ArgumentFault& fault);

}  // namespace ixyflow
