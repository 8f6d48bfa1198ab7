#include "core/config/build_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/text/name_rules.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/config/click_names.hpp"
#include "core/device/foreign_drivers.hpp"

namespace ixyflow {
namespace {

constexpr std::size_t kMaxSuggestions = 100;

/// A name that looks like `text`, which is none; "" when that takes more than another case and '_'.
std::string name_like(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && i > 0 && text[i - 1] >= 'a' && text[i - 1] <= 'z') name += '_';
    name += capital ? static_cast<char>(c - 'A' + 'a') : c == '-' || c == '.' || c == ' ' ? '_' : c;
  }
  return is_instance_name(name) ? name : "";
}

/// How others call what a file names, where that is known better than by its spelling.
std::string elsewhere(std::string_view noun, std::string_view name) {
  if (noun == kElementType) return click_hint(name);
  if (noun == kDriver) return foreign_driver_hint(name);
  return "";
}

Value::Table section_of(const PipelineFile& file, std::string_view name, Diagnostics& diagnostics) {
  const Value::Entry* entry = find(file.root, name);
  if (entry == nullptr) return {};
  if (const auto* table = entry->value.get_if<Value::Table>()) return *table;
  const bool named = name == "ports" || name == "elements" || name == "resources";
  diagnostics.error(entry->where, fmt::format("'{}' must be a table, not {}", name, entry->value.kind()),
                    fmt::format("write [{}{}]", name, named ? ".NAME" : ""));
  return {};
}

template <class Node>
std::vector<std::string> names_of(const std::vector<Node>& nodes) {
  std::vector<std::string> names;
  for (const Node& node : nodes) names.push_back(node.name);
  return names;
}

}  // namespace

BuildContext::BuildContext(const PipelineFile& read, const LoadOptions& wanted, Diagnostics& mistakes)
    : file(read),
      options(wanted),
      diagnostics(mistakes),
      lines(read.text),
      parameters(section_of(read, "params", mistakes), wanted.set, mistakes) {
  for (const auto& [name, text] : wanted.set_by_file) parameters.set(name, text);
}

Value::Table BuildContext::section(std::string_view name) {
  const Value::Entry* entry = find(file.root, name);
  if (entry != nullptr && entry->value.get_if<Value::Table>() == nullptr) sections_wrong.emplace(name);
  return parameters.substitute(section_of(file, name, diagnostics));
}

namespace {

/// `value`, the path of a file behind `prefix`, or a list of them, as it counts from the working folder.
Value from_working_folder(const Value& value, const std::string& prefix, const PipelineFile& file,
                          const Parameters& parameters) {
  if (const auto* list = value.get_if<Value::List>()) {
    Value::List items;
    for (const Value& item : *list) items.push_back(from_working_folder(item, prefix, file, parameters));
    return Value(std::move(items), value.where());
  }
  const auto* text = value.get_if<std::string>();
  if (text == nullptr || !text->starts_with(prefix)) return value;
  const std::string path = text->substr(prefix.size());
  // Line 0 is the command line, and "-" a standard stream.
  if (path.empty() || path == "-" || value.where().line == 0 ||
      parameters.given_outside(value.where(), prefix.size()))
    return value;
  return Value(prefix + (std::filesystem::path(file.folder) / path).string(), value.where());
}

}  // namespace

void BuildContext::find_files(const std::vector<ParameterSpec>& specs, Value::Table& table) const {
  if (file.folder.empty()) return;
  for (Value::Entry& entry : table) {
    const auto spec = std::ranges::find(specs, entry.key, &ParameterSpec::name);
    if (spec != specs.end() && spec->path)
      entry.value = from_working_folder(entry.value, *spec->path, file, parameters);
  }
}

const Value::Table* BuildContext::table_of(const Value::Entry& entry, std::string_view what,
                                           std::string_view example) {
  const auto* table = entry.value.get_if<Value::Table>();
  if (table != nullptr) return table;
  const auto* list = entry.value.get_if<Value::List>();
  const bool doubled = list != nullptr && !list->empty() && list->front().get_if<Value::Table>() != nullptr;
  std::string hint(example);
  if (hint.empty())
    hint = doubled ? "with one pair of brackets" : "a table has a header of its own, or braces";
  diagnostics.error(entry.where,
                    fmt::format("{} must be a table, not {}", printable(what), entry.value.kind()), hint);
  return nullptr;
}

const std::string* BuildContext::text_of(const Value::Entry& entry, const Value::Table& table,
                                         std::string_view key, std::string_view owner,
                                         std::string_view example) {
  const Value::Entry* given = find(table, key);
  if (given == nullptr) {
    report_missing(entry, table, key, owner, example);
    return nullptr;
  }
  const auto* text = given->value.get_if<std::string>();
  if (text == nullptr)
    diagnostics.error(given->value.where(),
                      fmt::format("'{}' takes a text, not {}", key, given->value.kind()));
  return text;
}

void BuildContext::report_missing(const Value::Entry& entry, const Value::Table& table, std::string_view key,
                                  std::string_view owner, std::string_view example) {
  std::vector<std::string> keys;
  for (const Value::Entry& other : table) keys.push_back(other.key);
  std::string_view meant = nearest_name(key, keys);
  // What says which kind it is has another name in ports than in elements and resources.
  if (meant.empty())
    meant = find(table, "type") != nullptr ? "type" : find(table, "driver") != nullptr ? "driver" : "";
  if (meant.empty())
    diagnostics.error(entry.where, fmt::format("{} has no {}", owner, key), std::string(example));
  else
    diagnostics.error(find(table, meant)->where, fmt::format("{} has '{}' and no '{}'", owner, meant, key),
                      fmt::format("'{}' was meant, as in {}", key, example));
}

bool BuildContext::within(const Value::Table& table, std::size_t limit, std::string_view what) {
  if (table.size() <= limit) return true;
  diagnostics.error(table[limit].where, fmt::format("more than {} {}", limit, what));
  too_large = true;
  return false;
}

bool BuildContext::check_name(const Value::Entry& entry, std::string_view what) {
  if (is_instance_name(entry.key)) return true;
  report_wrong_name(entry.where, entry.key, what);
  return false;
}

void BuildContext::report_wrong_name(SourceRange where, std::string_view name, std::string_view what) {
  const std::string better = name_like(name);
  diagnostics.error(where, fmt::format("'{}' is no name for {}", printable(name), what),
                    fmt::format("names are lower-case letters, digits and '_', at most {}{}", kLongestName,
                                better.empty() ? "" : ": " + better));
}

std::string BuildContext::suggest(std::string_view word, const Names& candidates) {
  return ++suggestions_ > kMaxSuggestions ? std::string() : did_you_mean(word, candidates());
}

bool BuildContext::may_suggest() const noexcept {
  return suggestions_ <= kMaxSuggestions;
}

void BuildContext::report_unknown(SourceRange where, std::string_view noun, std::string_view name,
                                  const Names& candidates, std::string otherwise) {
  if (sections_wrong.contains(fmt::format("{}s", noun))) return;
  std::string hint = elsewhere(noun, name);
  if (hint.empty()) hint = suggest(name, candidates);
  if (hint.empty()) hint = std::move(otherwise);
  if (hint.empty() && may_suggest()) hint = list_of_names(fmt::format("{}s", noun), candidates());
  diagnostics.error(where, fmt::format("there is no {} '{}'", noun, printable(name)), std::move(hint));
}

bool BuildContext::find_addresses(const std::vector<ParameterSpec>& specs, const Value::Table& table,
                                  std::vector<AddressOfPort>& addresses) {
  bool good = true;
  for (const ParameterSpec& spec : specs) {
    const Value::Entry* entry = spec.or_port ? find(table, spec.name) : nullptr;
    const auto name = entry != nullptr ? port_of_address(entry->value) : std::nullopt;
    if (!name) continue;
    const auto port = port_of.find(std::string(*name));
    if (port != port_of.end()) {
      addresses.push_back({spec.name, port->second});
      continue;
    }
    good = false;
    report_unknown(entry->value.where(), "port", *name, [this] { return port_names(); });
  }
  return good;
}

std::vector<std::string> BuildContext::port_names() const {
  return names_of(pipeline.ports);
}

std::vector<std::string> BuildContext::resource_names() const {
  return names_of(pipeline.resources);
}

std::vector<std::string> BuildContext::resource_names(std::string_view type) const {
  std::vector<std::string> names;
  for (const ResourceNode& node : pipeline.resources)
    if (node.spec->name == type) names.push_back(node.name);
  return names;
}

std::vector<std::string> BuildContext::element_names() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : element_of) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

}  // namespace ixyflow
