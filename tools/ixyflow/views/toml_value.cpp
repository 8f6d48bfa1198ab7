#include "tools/ixyflow/views/toml_value.hpp"

#include "core/config/load.hpp"

namespace ixyflow::tools {

Value value_of_toml(const std::string& text) {
  if (text.empty()) return {};
  Diagnostics mistakes;
  const auto file = parse_pipeline("", "value = " + text + "\n", mistakes);
  const Value::Entry* entry = file ? find(file->root, "value") : nullptr;
  return entry != nullptr ? entry->value : Value(text);
}

}  // namespace ixyflow::tools
