#include "core/graph/making/make_element.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace ixyflow {
namespace {

/// Copies must not throw the same dice (the multiplier spreads small numbers over all bits); a single one
/// throws those of the file's seed.
std::uint64_t seed_of_copy(std::uint64_t seed, std::uint32_t copy) noexcept {
  return seed ^ (copy * 0x9e3779b97f4a7c15U);
}

void set_up(Element& element, const Pipeline& pipeline, const ElementNode& node,
            Configuration& configuration) {
  if (!apply_parameters(&element, configuration.parameters, node.spec->parameters, {"type", "core"},
                        configuration.owner, node.where, configuration.diagnostics))
    return;
  for (std::size_t i = 0; i < node.resources.size(); ++i)
    node.spec->resources[i].set(element, *pipeline.resources[node.resources[i]].resource);
  element.configure(configuration);
}

}  // namespace

Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           const Value::Table& parameters, std::uint32_t copy,
                                           std::uint32_t copies) {
  Diagnostics diagnostics;
  Configuration configuration{.diagnostics = diagnostics,
                              .parameters = parameters,
                              .where = node.where,
                              .owner = fmt::format("element '{}' (type {})", node.name, node.spec->name),
                              .inputs = node.inputs,
                              .outputs = node.outputs,
                              .seed = seed_of_copy(pipeline.settings.seed, copy),
                              .copy = copy,
                              .copies = copies};
  std::unique_ptr<Element> element;
  try {
    element = node.spec->create();
    set_up(*element, pipeline, node, configuration);
  } catch (const std::exception& error) {
    return fail(ExitCode::configuration,
                fmt::format("{} threw an exception: {}", configuration.owner, printable(error.what())));
  } catch (...) {
    return fail(ExitCode::configuration, configuration.owner + " threw an exception");
  }
  for (const Diagnostic& entry : diagnostics.sorted())
    if (entry.severity == Severity::error) return fail(ExitCode::configuration, entry.text);
  return element;
}

Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           std::uint32_t copy, std::uint32_t copies) {
  return make_copy(pipeline, node, node.parameters, copy, copies);
}

}  // namespace ixyflow
