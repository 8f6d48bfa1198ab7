#include "core/runtime/report/views.hpp"

#include <algorithm>
#include <cstdint>

#include "core/element/spec.hpp"

namespace ixyflow {

namespace {

std::string full_name(const ElementNode& element, const ViewSpec& view) {
  return element.name + "." + view.name;
}

std::int64_t number_in(const Value::Table& row, const std::string& column) {
  const Value::Entry* entry = find(row, column);
  const auto* number = entry != nullptr ? entry->value.get_if<std::int64_t>() : nullptr;
  return number != nullptr ? *number : 0;
}

std::vector<Value::Table> rows_of(const std::vector<Element*>& copies, const ViewSpec& view) {
  std::vector<Value::Table> rows;
  for (const Element* copy : copies) std::ranges::move(view.rows(*copy), std::back_inserter(rows));
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           [&](const Value::Table& row) { return number_in(row, view.sorted_by); });
  return rows;
}

}  // namespace

std::vector<std::string> view_names(const Assembly& assembly) {
  std::vector<std::string> names;
  for (const ElementNode& element : assembly.pipeline.elements)
    for (const ViewSpec& view : element.spec->views) names.push_back(full_name(element, view));
  return names;
}

std::optional<std::vector<Value::Table>> view_rows(const Assembly& assembly, std::string_view name) {
  for (std::size_t i = 0; i < assembly.pipeline.elements.size(); ++i)
    for (const ViewSpec& view : assembly.pipeline.elements[i].spec->views)
      if (full_name(assembly.pipeline.elements[i], view) == name) return rows_of(assembly.copies[i], view);
  return std::nullopt;
}

}  // namespace ixyflow
