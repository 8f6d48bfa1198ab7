#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/element_harness.hpp"

/// How the harness makes elements: as a pipeline would, from a type and a table of parameters.
namespace ixyflow::test {

/// Throws std::runtime_error when there is no such type.
const ElementSpec& find_element(std::string_view type);

/// All errors, one per line, with their hints in brackets.
std::string messages(const Diagnostics& diagnostics);

/// Names of the outputs, as the graph would give them.
std::vector<std::string> output_names(const ElementSpec& spec, const Value::Table& table, PortIndex as_wired);

using Resources = std::vector<std::unique_ptr<Resource>>;

/// Makes the element and configures it; mistakes go to `diagnostics`. Resources that nobody gave are put into
/// `made`.
std::unique_ptr<Element> make_element(const ElementSpec& spec, const Value::Table& table,
                                      const HarnessOptions& options, std::size_t outputs, Resources& made,
                                      Diagnostics& diagnostics);

}  // namespace ixyflow::test
