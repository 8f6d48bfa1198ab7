#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/registry.hpp"
#include "core/config/load_options.hpp"
#include "core/config/syntax/located_text.hpp"
#include "core/config/syntax/params.hpp"
#include "core/config/syntax/pipeline_file.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

// Nouns of messages by which others' names are looked up, too.
inline constexpr std::string_view kElementType = "element type";
inline constexpr std::string_view kDriver = "driver";

/// A pipeline under construction, handed from step to step. What a step could not make is reported and
/// replaced by something harmless that is marked broken, so that the following steps find the rest of the
/// mistakes and no consequences of this one.
struct BuildContext {
  BuildContext(const PipelineFile& read, const LoadOptions& wanted, Diagnostics& mistakes);

  const PipelineFile& file;
  const LoadOptions& options;
  Diagnostics& diagnostics;
  LineIndex lines;
  Parameters parameters;
  Pipeline pipeline;

  std::unordered_map<std::string, std::size_t> port_of;      ///< by name: index into pipeline.ports
  std::unordered_map<std::string, std::size_t> resource_of;  ///< by name: index into pipeline.resources
  std::unordered_map<std::string, std::size_t> element_of;   ///< by name, of named elements
  std::vector<bool> port_broken;                             ///< by port: its properties mean nothing
  std::vector<bool> port_named;                              ///< by port: an element in use names it
  std::vector<bool> resource_named;                          ///< by resource: an element names it
  std::vector<bool> parameters_good;                         ///< by element: it was given what it needs
  std::vector<bool> wired;                                   ///< by element: stands in a path
  std::set<std::string, std::less<>> sections_wrong;  ///< names of tables at the top that cannot be read
  bool paths_wrong = false;                           ///< what is not fed may be so for a mistake in a path
  bool too_large = false;  ///< a limit is exceeded: what comes behind makes no sense

  /// The table at the top called `name`, with parameters replaced; empty when there is none.
  Value::Table section(std::string_view name);
  /// Puts the file's folder in front of the relative paths that the file itself says.
  void find_files(const std::vector<ParameterSpec>& parameters, Value::Table& table) const;
  /// `entry` as a table; reported and null when it is something else. `what` is "[ports.lan]"; the
  /// `example` shows one that is right.
  const Value::Table* table_of(const Value::Entry& entry, std::string_view what,
                               std::string_view example = {});
  /// The text under `key`, which there must be; null after a mistake.
  const std::string* text_of(const Value::Entry& entry, const Value::Table& table, std::string_view key,
                             std::string_view owner, std::string_view example);
  /// What the text under `key` of `table` ("type", "driver") names in `registry`; null after a mistake.
  /// `owner` is "element 'fw'", `noun` "element type"; the `example` shows a key that is right.
  template <class Spec>
  const Spec* find_spec(const Registry<Spec>& registry, const Value::Entry& entry, const Value::Table& table,
                        std::string_view key, std::string_view owner, std::string_view noun,
                        std::string_view example) {
    const std::string* name = text_of(entry, table, key, owner, example);
    if (name == nullptr) return nullptr;
    const Spec* spec = registry.find(*name);
    if (spec == nullptr)
      report_unknown(find(table, key)->value.where(), noun, *name, [&registry] { return registry.names(); });
    return spec;
  }

  /// Whether `table` has at most `limit` entries; `what` they are is said when it has not.
  bool within(const Value::Table& table, std::size_t limit, std::string_view what);
  /// Reports that `name` cannot be the name of `what`, "an element", and how it could be written.
  void report_wrong_name(SourceRange where, std::string_view name, std::string_view what);
  /// Whether the key of `entry` can be the name of `what`, "an element"; reported when it cannot.
  bool check_name(const Value::Entry& entry, std::string_view what);

  using Names = std::function<std::vector<std::string>()>;
  /// did_you_mean, but at most a hundred times, because each costs time. `candidates` is called for the
  /// names.
  std::string suggest(std::string_view word, const Names& candidates);
  /// Whether there were not too many suggestions yet.
  [[nodiscard]] bool may_suggest() const noexcept;
  /// Reports that there is no `noun` ("port") called `name`, with what others call so (Click's elements), or
  /// the nearest of the `candidates`, or the hint `otherwise`, or the list of the candidates. Not where the
  /// table that would have it cannot be read, which was reported.
  void report_unknown(SourceRange where, std::string_view noun, std::string_view name,
                      const Names& candidates, std::string otherwise = {});

  /// Appends to `addresses` which of the `parameters` are given in `table` as the address of which port,
  /// such as "port:wan". False after a mistake.
  bool find_addresses(const std::vector<ParameterSpec>& parameters, const Value::Table& table,
                      std::vector<AddressOfPort>& addresses);

  [[nodiscard]] std::vector<std::string> port_names() const;
  [[nodiscard]] std::vector<std::string> resource_names() const;
  [[nodiscard]] std::vector<std::string> resource_names(std::string_view type) const;  ///< of one type only
  [[nodiscard]] std::vector<std::string> element_names() const;

 private:
  /// Reports that `owner` has no `key`, at the key that was meant as it where there is one.
  void report_missing(const Value::Entry& entry, const Value::Table& table, std::string_view key,
                      std::string_view owner, std::string_view example);

  std::size_t suggestions_ = 0;
};

/// Stands for the type of what could not be made: nothing more is concluded from it.
template <class Spec>
const Spec& broken_spec() {
  static const Spec spec = [] {
    Spec broken;
    broken.name = "unknown";
    return broken;
  }();
  return spec;
}

}  // namespace ixyflow
