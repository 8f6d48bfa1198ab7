#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/registry.hpp"
#include "core/config/load.hpp"
#include "core/config/params.hpp"
#include "core/config/syntax/located_text.hpp"

namespace ixyflow {

/// A pipeline under construction, handed from step to step. What a step could not make is reported and
/// replaced by something harmless that is marked broken, so that the following steps find the rest of the
/// mistakes and no consequences of this one.
struct Build {
  static constexpr std::size_t kMaxSuggestions = 100;

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
  bool too_large = false;        ///< a limit is exceeded: what comes behind makes no sense
  bool plugins_missing = false;  ///< an unknown type may be one of a plugin that was not loaded
  std::size_t suggestions = 0;

  /// The table at the top called `name`, with parameters replaced; empty when there is none.
  Value::Table section(std::string_view name);
  /// `entry` as a table; reported and null when it is something else. `what` is "[ports.lan]"; the
  /// `example` shows one that is right.
  const Value::Table* table_of(const Value::Entry& entry, std::string_view what,
                               std::string_view example = {});
  /// did_you_mean, but at most a hundred times, because each costs time.
  /// `candidates` is called for the names.
  template <class Candidates>
  std::string suggest(std::string_view word, Candidates candidates) {
    return ++suggestions > kMaxSuggestions ? std::string() : did_you_mean(word, candidates());
  }
  /// What the text under `key` of `table` ("type", "driver") names in `registry`; null after a mistake.
  /// `owner` is "element 'fw'", `noun` "element type"; the `example` shows a key that is right.
  template <class Spec>
  const Spec* find_spec(const Registry<Spec>& registry, const Value::Entry& entry, const Value::Table& table,
                        std::string_view key, std::string_view owner, std::string_view noun,
                        std::string_view example) {
    const std::string* name = text_of(entry, table, key, owner, example);
    if (name == nullptr) return nullptr;
    const Spec* spec = registry.find(*name);
    if (spec == nullptr && !plugins_missing)
      diagnostics.error(find(table, key)->value.where(),
                        "there is no " + std::string(noun) + " '" + printable(*name) + "'",
                        suggest(*name, [&registry] { return registry.names(); }));
    return spec;
  }
  /// The text under `key`, which there must be; null after a mistake.
  const std::string* text_of(const Value::Entry& entry, const Value::Table& table, std::string_view key,
                             std::string_view owner, std::string_view example);
  /// Whether `table` has at most `limit` entries; `what` they are is said when it has not.
  bool within(const Value::Table& table, std::size_t limit, std::string_view what);
  [[nodiscard]] std::vector<std::string> port_names() const;
  [[nodiscard]] std::vector<std::string> resource_names() const;
  [[nodiscard]] std::vector<std::string> element_names() const;

  /// Calls what an element's or a port's author wrote. An exception is a mistake like any other, and false.
  template <std::invocable Call>
  bool guarded(SourceRange where, std::string_view owner, Call call) {
    const std::size_t before = diagnostics.errors();
    try {
      call();
    } catch (const std::exception& error) {
      diagnostics.error(where, std::string(owner) + " threw an exception: " + printable(error.what()));
    } catch (...) {
      diagnostics.error(where, std::string(owner) + " threw an exception");
    }
    return diagnostics.errors() == before;
  }
};

// The steps, in their order.
void build_settings(Build& build);   ///< [pipeline]; loads plugins
void build_ports(Build& build);      ///< [ports] and swaps: makes ports and sets their parameters
void build_resources(Build& build);  ///< [resources]: makes resources and configures them
void build_elements(Build& build);   ///< [elements]: makes elements and sets their parameters
void build_graph(Build& build);      ///< [graph]: unnamed elements, edges, numbers of inputs and outputs
void configure_ports(Build& build);
void configure_elements(Build& build);
void build_cores(Build& build);  ///< [cores]
void build_rings(Build& build);  ///< [rings]
void warn_of_unused_resources(Build& build);

/// Gives the element of `node` the resources that its parameters name; it is broken after a mistake.
void bind_resources(Build& build, ElementNode& node);

/// Makes the element of `node` and sets its parameters; without a spec it becomes a broken one. Then adds it
/// to the pipeline and returns its index.
std::size_t add_element(Build& build, ElementNode node);

/// Resolves what stands in brackets behind or before an element of a path; null is the first one. Nothing
/// after a mistake, which is reported at the selector or at `where`.
struct Selector;
std::optional<PortIndex> find_output(Build& build, const ElementNode& node, const Selector* selector,
                                     SourceRange where);
std::optional<PortIndex> find_input(Build& build, const ElementNode& node, const Selector* selector,
                                    SourceRange where);

}  // namespace ixyflow
