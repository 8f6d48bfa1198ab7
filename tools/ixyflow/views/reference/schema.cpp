#include "tools/ixyflow/views/reference/schema.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/config/keys/file_keys.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/element/resource.hpp"
#include "tools/ixyflow/json/build.hpp"

namespace ixyflow::tools {
namespace {

/// Anything.
Value no_schema() {
  return json_object({});
}

Value of_type(const char* type) {
  return json_object({{"type", type}});
}

/// What `schema` takes, or nothing but a parameter, which takes the parameter's type.
Value or_parameter(Value schema) {
  const Value reference = json_object({{"type", "string"}, {"pattern", "^\\$\\{[a-z][a-z0-9_]*\\}$"}});
  return json_object({{"anyOf", Value::List{std::move(schema), reference}}});
}

Value integer_schema(const ParameterSpec& parameter) {
  Value schema = of_type("integer");
  if (parameter.minimum) schema = with_member(schema, "minimum", *parameter.minimum);
  if (parameter.maximum) schema = with_member(schema, "maximum", *parameter.maximum);
  return schema;
}

Value value_schema(const ParameterSpec& parameter) {
  switch (parameter.shape) {
    case ParameterShape::boolean:
      return or_parameter(of_type("boolean"));
    case ParameterShape::integer:
      return or_parameter(integer_schema(parameter));
    case ParameterShape::number:
      return or_parameter(of_type("number"));
    case ParameterShape::string:
      if (!parameter.choices.empty()) return or_parameter(json_object({{"enum", parameter.choices}}));
      return of_type("string");
    case ParameterShape::list:
      return or_parameter(of_type("array"));
    case ParameterShape::table:
      return or_parameter(of_type("object"));
    case ParameterShape::any:
      return no_schema();
  }
  return no_schema();
}

Value property(const ParameterSpec& parameter) {
  const std::string range = parameter.range();
  const std::string doc = range.empty() ? fmt::format("{} ({})", parameter.doc, parameter.type)
                                        : fmt::format("{} ({}, {})", parameter.doc, parameter.type, range);
  const Value schema = with_member(value_schema(parameter), "description", doc);
  return parameter.default_text.empty() ? schema : with_member(schema, "x-default", parameter.default_text);
}

/// A table with exactly these keys, and those of `fixed`.
Value table_schema(const std::vector<ParameterSpec>& parameters, std::string_view doc,
                   Value fixed = no_schema(), std::vector<std::string> required = {}) {
  for (const ParameterSpec& parameter : parameters) {
    fixed = with_member(fixed, parameter.name, property(parameter));
    if (parameter.required) required.push_back(parameter.name);
  }
  const Value schema = json_object({{"type", "object"},
                                    {"description", doc},
                                    {"properties", std::move(fixed)},
                                    {"additionalProperties", false}});
  return required.empty() ? schema : with_member(schema, "required", required);
}

/// The one word that the key may have which says what the table is.
Value word_schema(const std::string& word, std::string_view doc) {
  return json_object({{"enum", std::vector<std::string>{word}}, {"description", doc}});
}

/// Tables by the name that the user gives them.
Value by_name(Value entry) {
  return json_object({{"type", "object"},
                      {"patternProperties", json_object({{"^[a-z][a-z0-9_]*$", std::move(entry)}})},
                      {"additionalProperties", false}});
}

Value ports_schema() {
  return by_name(json_object(
      {{"anyOf", json_list(PortRegistry::instance().all(), [](const PortSpec* spec) {
          return table_schema(spec->parameters, spec->doc,
                              json_object({{"driver", word_schema(spec->name, spec->doc)}}), {"driver"});
        })}}));
}

Value elements_schema() {
  const ParameterSpec& core = element_keys().back();
  const Value core_schema = json_object({{"type", "string"}, {"description", core.doc}});
  return by_name(json_object(
      {{"anyOf", json_list(ElementRegistry::instance().all(), [&](const ElementSpec* spec) {
          return table_schema(
              spec->parameters, spec->doc,
              json_object({{"type", word_schema(spec->name, spec->doc)}, {core.name, core_schema}}),
              {"type"});
        })}}));
}

Value resources_schema() {
  return by_name(json_object(
      {{"anyOf", json_list(ResourceRegistry::instance().all(), [](const ResourceSpec* spec) {
          return table_schema(spec->parameters, spec->doc,
                              json_object({{"type", word_schema(spec->name, spec->doc)}}), {"type"});
        })}}));
}

Value graph_schema() {
  const ParameterSpec& paths = graph_keys().front();
  const Value list = json_object(
      {{"type", "array"}, {"items", json_object({{"type", "string"}, {"description", paths.doc}})}});
  return json_object({{"type", "object"},
                      {"properties", json_object({{paths.name, list}})},
                      {"required", std::vector<std::string>{paths.name}},
                      {"additionalProperties", false}});
}

Value rings_schema() {
  return json_object(
      {{"type", "object"}, {"additionalProperties", table_schema(ring_keys(), "a ring between two cores")}});
}

Value schema_of(std::string_view key) {
  if (key == "pipeline") return table_schema(pipeline_keys(), "settings of the whole pipeline");
  if (key == "params") return by_name(no_schema());
  if (key == "cores") return by_name(table_schema(core_keys(), "where elements run"));
  if (key == "ports") return ports_schema();
  if (key == "resources") return resources_schema();
  if (key == "elements") return elements_schema();
  if (key == "graph") return graph_schema();
  if (key == "rings") return rings_schema();
  if (key == "test") return test_schema();
  return no_schema();
}

}  // namespace

Value pipeline_schema() {
  Value::Table properties;
  for (const TopLevelKey& key : top_level_keys())
    set_member(properties, key.name, with_member(schema_of(key.name), "description", key.doc));
  return json_object({{"$schema", "http://json-schema.org/draft-04/schema#"},
                      {"title", "ixyflow pipeline"},
                      {"type", "object"},
                      {"properties", Value(std::move(properties))},
                      {"additionalProperties", false},
                      {"required", std::vector<std::string>{"graph"}}});
}

}  // namespace ixyflow::tools
