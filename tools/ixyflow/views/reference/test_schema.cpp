#include "core/config/keys/test_keys.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/views/reference/schema.hpp"

namespace ixyflow::tools {
namespace {

/// Integers from 0.
Value number() {
  return json_object({{"type", "integer"}, {"minimum", 0}});
}

Value list_of(Value items) {
  return json_object({{"type", "array"}, {"items", std::move(items)}});
}

/// A table or a list of them.
Value one_or_more(const Value& table) {
  return json_object({{"anyOf", Value::List{table, list_of(table)}}});
}

Value schema_of(const ParameterSpec& key);

/// A table with exactly these keys.
Value table_of(const std::vector<ParameterSpec>& keys) {
  Value::Table properties;
  std::vector<std::string> required;
  for (const ParameterSpec& key : keys) {
    set_member(properties, key.name, with_member(schema_of(key), "description", key.doc));
    if (key.required) required.push_back(key.name);
  }
  const Value table = json_object(
      {{"type", "object"}, {"properties", Value(std::move(properties))}, {"additionalProperties", false}});
  return required.empty() ? table : with_member(table, "required", required);
}

Value schema_of(const ParameterSpec& key) {
  if (key.name == "in") return one_or_more(table_of(test_input_keys()));
  if (key.name == "out") return one_or_more(table_of(test_output_keys()));
  switch (key.shape) {
    case ParameterShape::integer:
      return number();
    case ParameterShape::list:
      return list_of(json_object({{"type", "string"}}));
    case ParameterShape::table:
      if (!key.minimum) return json_object({{"type", "object"}});
      return json_object({{"type", "object"}, {"additionalProperties", number()}});
    default:
      return json_object({{"type", "string"}});
  }
}

}  // namespace

Value test_schema() {
  return list_of(table_of(test_keys()));
}

}  // namespace ixyflow::tools
