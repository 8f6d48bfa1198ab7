#include "tools/ixyflow/json/access.hpp"

namespace ixyflow::tools {

std::string text_of(const Value& value) {
  const auto* text = value.get_if<std::string>();
  return text != nullptr ? *text : std::string();
}

std::string text_at(const Value& object, std::string_view key) {
  const auto* text = member<std::string>(object, key);
  return text != nullptr ? *text : std::string();
}

std::vector<std::string> texts_of(const Value& value) {
  std::vector<std::string> texts;
  if (const auto* list = value.get_if<Value::List>())
    for (const Value& item : *list) texts.push_back(text_of(item));
  return texts;
}

}  // namespace ixyflow::tools
