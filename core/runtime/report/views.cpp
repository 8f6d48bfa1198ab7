#include "core/runtime/report/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/element/spec.hpp"
#include "core/runtime/engine/plugin_call.hpp"

namespace ixyflow {

namespace {

std::string full_name(const ElementNode& element, const ViewSpec& view) {
  return element.name + "." + view.name;
}

/// What a person can read is far less. Whoever shows more keeps the control thread from its work.
constexpr std::size_t kMostRows = 10'000;

/// The integer in that column; nothing: the row has none there.
std::optional<std::int64_t> number_in(const Value::Table& row, const std::string& column) {
  const Value::Entry* entry = find(row, column);
  if (entry == nullptr) return std::nullopt;
  if (const auto* number = entry->value.get_if<std::int64_t>()) return *number;
  const auto* large = entry->value.get_if<std::uint64_t>();
  return large != nullptr ? std::optional(std::numeric_limits<std::int64_t>::max()) : std::nullopt;
}

std::unexpected<Error> refuse(const std::string& view, std::string_view why) {
  return fail(ExitCode::no, fmt::format("view '{}' cannot be shown: {}", view, why));
}

Result<std::vector<Value::Table>> rows_of(const std::string& name, const std::vector<Element*>& copies,
                                          const ViewSpec& view) {
  const PluginCall call("view", name);
  std::vector<Value::Table> rows;
  for (const Element* copy : copies) {
    std::ranges::move(view.rows(*copy), std::back_inserter(rows));
    if (rows.size() > kMostRows)
      return refuse(name, fmt::format("it has {} rows, and the most are {}", rows.size(), kMostRows));
  }
  for (const Value::Table& row : rows)
    if (!number_in(row, view.sorted_by))
      return refuse(name, fmt::format("a row has no integer '{}', by which it is sorted", view.sorted_by));
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           [&](const Value::Table& row) { return *number_in(row, view.sorted_by); });
  return rows;
}

}  // namespace

std::vector<std::string> view_names(const Assembly& assembly) {
  std::vector<std::string> names;
  for (const ElementNode& element : assembly.pipeline.elements)
    for (const ViewSpec& view : element.spec->views) names.push_back(full_name(element, view));
  return names;
}

std::optional<Result<std::vector<Value::Table>>> view_rows(const Assembly& assembly, std::string_view name) {
  for (std::size_t i = 0; i < assembly.pipeline.elements.size(); ++i)
    for (const ViewSpec& view : assembly.pipeline.elements[i].spec->views)
      if (const std::string full = full_name(assembly.pipeline.elements[i], view); full == name)
        return rows_of(full, assembly.copies[i], view);
  return std::nullopt;
}

}  // namespace ixyflow
