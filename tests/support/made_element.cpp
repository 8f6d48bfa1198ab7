#include "tests/support/made_element.hpp"

#include <stdexcept>
#include <utility>

#include "core/element/registry.hpp"

namespace ixyflow::test {

const ElementSpec& find_element(std::string_view type) {
  const ElementSpec* spec = ElementRegistry::instance().find(type);
  if (spec == nullptr) throw std::runtime_error("no element type " + std::string(type));
  return *spec;
}

std::string messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& entry : diagnostics.sorted())
    if (entry.severity == Severity::error)
      text += (text.empty() ? "" : "\n") + entry.text + (entry.hint.empty() ? "" : " (" + entry.hint + ")");
  return text;
}

std::vector<std::string> output_names(const ElementSpec& spec, const Value::Table& table,
                                      PortIndex as_wired) {
  std::vector<std::string> names;
  if (spec.output_count == OutputCount::as_wired) {
    names.resize(as_wired);
  } else if (spec.output_count == OutputCount::by_parameter) {
    if (const Value::Entry* entry = find(table, spec.output_parameter)) {
      if (const auto* list = entry->value.get_if<Value::List>()) names.resize(list->size());
      if (const auto* given = entry->value.get_if<Value::Table>())
        for (const Value::Entry& output : *given) names.push_back(output.key);
    }
  }
  for (const ExitSpec& exit : spec.exits) {
    if (exit.kind != ExitKind::output) continue;
    if (spec.output_count == OutputCount::declared && names.size() <= exit.index)
      names.resize(exit.index + 1U);
    if (exit.index < names.size()) names[exit.index] = exit.name;
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].empty()) names[i] = std::to_string(i);
  return names;
}

namespace {

void bind_resources(Element& element, const ElementSpec& spec, const HarnessOptions& options, Resources& made,
                    Diagnostics& diagnostics) {
  for (const ResourceUseSpec& use : spec.resources) {
    if (options.resource != nullptr) {
      use.set(element, *options.resource);
      continue;
    }
    const ResourceSpec* type = ResourceRegistry::instance().find(use.type);
    if (type == nullptr) throw std::runtime_error("no resource type " + use.type);
    made.push_back(type->create());
    const Value::Table nothing;
    ResourceConfiguration configuration{diagnostics, nothing, {}, "resource 'r' (type " + use.type + ")"};
    made.back()->configure(configuration);
    use.set(element, *made.back());
  }
}

}  // namespace

std::unique_ptr<Element> make_element(const ElementSpec& spec, const Value::Table& table,
                                      const HarnessOptions& options, std::size_t outputs, Resources& made,
                                      Diagnostics& diagnostics) {
  auto element = spec.create();
  const std::string owner = "element 'x' (type " + spec.name + ")";
  if (!apply_parameters(element.get(), table, spec.parameters, {}, owner, {}, diagnostics)) return element;
  bind_resources(*element, spec, options, made, diagnostics);
  const PortIndex inputs = spec.inputs_as_wired ? options.inputs : static_cast<PortIndex>(spec.inputs.size());
  Configuration configuration{diagnostics,  table,        {},
                              owner,        inputs,       static_cast<PortIndex>(outputs),
                              options.seed, options.copy, options.copies};
  configuration.buffers = options.layout;
  element->configure(configuration);
  return element;
}

std::string refusal(std::string_view type, const Value::Table& table, HarnessOptions options) {
  const ElementSpec& spec = find_element(type);
  Diagnostics diagnostics;
  Resources resources;
  make_element(spec, table, options, output_names(spec, table, options.outputs).size(), resources,
               diagnostics);
  return messages(diagnostics);
}

}  // namespace ixyflow::test
