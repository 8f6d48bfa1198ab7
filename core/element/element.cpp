#include "core/element/element.hpp"

#include <utility>

namespace ixyflow {

void Configuration::error(std::string_view parameter, std::string text, std::string hint) {
  const Value::Entry* entry = find(parameters, parameter);
  diagnostics.error(entry != nullptr ? entry->value.where() : where, std::move(text), std::move(hint));
}

}  // namespace ixyflow
