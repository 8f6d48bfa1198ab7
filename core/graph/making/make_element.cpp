#include "core/graph/making/make_element.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/graph/making/element_seed.hpp"
#include "core/graph/making/guarded.hpp"

namespace ixyflow {

std::string owner_of(const ElementNode& node) {
  return fmt::format("element '{}' (type {})", node.name, node.spec->name);
}

std::unique_ptr<Element> create_element(const ElementNode& node, Diagnostics& diagnostics) {
  std::unique_ptr<Element> element;
  guarded(owner_of(node), node.where, diagnostics, [&] { element = node.spec->create(); });
  return element;
}

bool set_parameters(Element& element, const ElementNode& node, const std::vector<ParameterSpec>& specs,
                    const Value::Table& parameters, Diagnostics& diagnostics) {
  const std::string owner = owner_of(node);
  bool good = false;
  guarded(owner, node.where, diagnostics, [&] {
    good = apply_parameters(&element, parameters, specs, kElementKeys, owner, node.where, diagnostics);
  });
  return good;
}

bool configure_element(Element& element, const Pipeline& pipeline, const ElementNode& node,
                       const Value::Table& parameters, CopyNumber number, Diagnostics& diagnostics) {
  Configuration configuration{
      .diagnostics = diagnostics,
      .parameters = parameters,
      .where = node.where,
      .owner = owner_of(node),
      .inputs = node.inputs,
      .outputs = node.outputs,
      .seed = element_seed(pipeline.settings.seed.value_or(0), node.name, number.copy),
      .copy = number.copy,
      .copies = number.copies,
      .buffers = pipeline.buffers,
      .sources_wait = node.sources_wait};
  return guarded(configuration.owner, node.where, diagnostics, [&] {
    for (std::size_t use = 0; use < node.resources.size(); ++use)
      node.spec->resources[use].set(element, *pipeline.resources[node.resources[use]].resource);
    element.configure(configuration);
  });
}

Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           const Value::Table& parameters, std::uint32_t copy,
                                           std::uint32_t copies) {
  Diagnostics diagnostics;
  auto element = create_element(node, diagnostics);
  if (element != nullptr && set_parameters(*element, node, node.spec->parameters, parameters, diagnostics) &&
      configure_element(*element, pipeline, node, parameters, {copy, copies}, diagnostics))
    return element;
  const std::vector<Diagnostic> reported = diagnostics.sorted();
  const auto error = std::ranges::find(reported, Severity::error, &Diagnostic::severity);
  return fail(ExitCode::configuration, error != reported.end()
                                           ? with_hint(error->text, error->hint)
                                           : fmt::format("{} cannot be made", owner_of(node)));
}

Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           std::uint32_t copy, std::uint32_t copies) {
  return make_copy(pipeline, node, node.parameters, copy, copies);
}

}  // namespace ixyflow
