#include "core/runtime/control/live_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/steady_clock.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/graph/making/make_element.hpp"
#include "core/runtime/control/names.hpp"
#include "core/runtime/engine/plugin_call.hpp"

// The table of the file is kept up to date, and is what `get` reads: a copy of an element belongs to its
// worker alone. A new value is first tried on elements that nobody runs. Then every worker concerned is
// asked to answer, and only when all have is the change handed over: a core that is stuck is found while
// nothing has changed anywhere. That also shows that the change before has arrived, so each worker needs room
// for one.

namespace ixyflow {

namespace {

Result<std::size_t> find_element(const Pipeline& pipeline, std::string_view name) {
  const auto found = std::ranges::find(pipeline.elements, name, &ElementNode::name);
  if (found != pipeline.elements.end()) return static_cast<std::size_t>(found - pipeline.elements.begin());
  std::vector<std::string> names;
  for (const ElementNode& node : pipeline.elements) names.push_back(node.name);
  return std::unexpected(no_such("element", name, names));
}

Result<const ParameterSpec*> find_parameter(const ElementNode& node, std::string_view name) {
  const auto found = std::ranges::find(node.spec->parameters, name, &ParameterSpec::name);
  if (found == node.spec->parameters.end()) {
    if (std::ranges::find(node.spec->counters, name, &CounterSpec::name) != node.spec->counters.end())
      return fail(
          ExitCode::usage,
          fmt::format("'{}' of '{}' is a counter, no parameter: 'ixyflow stats' shows it", name, node.name));
    std::vector<std::string> names;
    for (const ParameterSpec& parameter : node.spec->parameters) names.push_back(parameter.name);
    for (const ViewSpec& view : node.spec->views) names.push_back(view.name);
    const std::string_view what = node.spec->views.empty() ? "parameter" : "parameter or view";
    return std::unexpected(
        no_such(fmt::format("{} of '{}' (type {}) called", what, node.name, node.spec->name), name, names));
  }
  return &*found;
}

/// What of an element can be changed, behind a semicolon; "" when nothing can.
std::string live_ones(const ElementNode& node) {
  std::vector<std::string> names;
  for (const ParameterSpec& parameter : node.spec->parameters)
    if (parameter.live) names.push_back(parameter.name);
  return names.empty() ? "" : "; " + list_of_names("what can is", names);
}

/// The error in `diagnostics`, with its hint.
Error first_error(const Diagnostics& diagnostics) {
  const Diagnostic entry = diagnostics.sorted().front();
  return {ExitCode::no, entry.text + (entry.hint.empty() ? "" : " (" + entry.hint + ")")};
}

/// An element that nobody runs, with the parameters of `node` as they are now; not configured.
std::unique_ptr<Element> image_of(const ElementNode& node) {
  std::unique_ptr<Element> element = node.spec->create();
  Diagnostics ignored;  // the table was accepted before
  apply_parameters(element.get(), node.parameters, node.spec->parameters, kElementKeys, node.name, {},
                   ignored);
  return element;
}

std::string show(const ParameterSpec& parameter, const Element& element, const Value::Table& table) {
  std::string text = parameter.show(&element);
  const Value::Entry* given = find(table, parameter.name);
  // Values with a grammar of their own are known to their element only: as the file has them.
  return text.empty() && given != nullptr ? given->value.show() : text;
}

Value::Table with(Value::Table table, const std::string& key, const Value& value) {
  const auto entry = std::ranges::find(table, key, &Value::Entry::key);
  if (entry != table.end())
    entry->value = value;
  else
    table.push_back({key, {}, value});
  return table;
}

/// Elements that nobody runs, with the new value, as many as there are copies, and at least one. Error (no):
/// what is wrong with it.
Result<std::vector<std::unique_ptr<Element>>> make_spares(const ElementNode& node,
                                                          const ParameterSpec& parameter, const Value& value,
                                                          std::size_t copies) {
  std::vector<std::unique_ptr<Element>> spares;
  for (std::size_t copy = 0; copy < std::max<std::size_t>(copies, 1); ++copy) {
    Diagnostics diagnostics;
    spares.push_back(image_of(node));
    if (!parameter.set(spares.back().get(), value, parameter, diagnostics))
      return std::unexpected(first_error(diagnostics));
  }
  return spares;
}

void list_parameters(const ElementNode& node, std::vector<ParameterReport>& reports) {
  const PluginCall call(owner_of(node));
  const auto element = image_of(node);
  for (const ParameterSpec& parameter : node.spec->parameters) {
    ParameterReport report{
        node.name, parameter.name, show(parameter, *element, node.parameters), {}, parameter.live};
    const Value::Entry* given = find(node.parameters, parameter.name);
    if (given != nullptr && parameter.show(element.get()).empty()) report.given = given->value;
    reports.push_back(std::move(report));
  }
}

}  // namespace

Result<std::vector<ParameterReport>> LiveParameters::list(std::string_view element) const {
  const Pipeline& pipeline = assembly_.pipeline;
  std::vector<ParameterReport> reports;
  if (element.empty()) {
    for (const ElementNode& node : pipeline.elements) list_parameters(node, reports);
    return reports;
  }
  const auto index = find_element(pipeline, element);
  if (!index) return std::unexpected(index.error());
  list_parameters(pipeline.elements[*index], reports);
  return reports;
}

Result<ParameterChange> LiveParameters::set(std::string_view name, const Value& value) {
  const Pipeline& pipeline = assembly_.pipeline;
  const std::size_t dot = name.rfind('.');  // an element that stands for a port has one, too: "wan.rx"
  if (dot == std::string_view::npos)
    return fail(ExitCode::usage,
                fmt::format("'{}' is no name of a parameter: ELEMENT.PARAMETER", printable(name, 60)));
  const auto index = find_element(pipeline, name.substr(0, dot));
  if (!index) return std::unexpected(index.error());
  const ElementNode& node = pipeline.elements[*index];
  const auto parameter = find_parameter(node, name.substr(dot + 1));
  if (!parameter) return std::unexpected(parameter.error());
  if (!(*parameter)->live)
    return fail(ExitCode::refused,
                fmt::format("'{}' of '{}' (type {}) cannot be changed while it runs{}", (*parameter)->name,
                            node.name, node.spec->name, live_ones(node)));
  return change(*index, **parameter, value);
}

Result<ParameterChange> LiveParameters::change(std::size_t element, const ParameterSpec& parameter,
                                               const Value& value) {
  ElementNode& node = assembly_.pipeline.elements[element];
  const PluginCall call(owner_of(node));
  const std::vector<std::size_t>& workers = assembly_.plan.workers_of[element];
  auto spares = make_spares(node, parameter, value, workers.size());
  if (!spares) return std::unexpected(spares.error());
  Value::Table table = with(node.parameters, parameter.name, value);
  ParameterChange change;
  change.before = show(parameter, *image_of(node), node.parameters);
  change.after = show(parameter, *spares->front(), table);
  if (const auto tried = make_copy(assembly_.pipeline, node, table, 0, 1); !tried)
    return fail(ExitCode::no, tried.error().text);

  for (const std::size_t worker : workers) change.workers.push_back(assembly_.plan.workers[worker].name);
  auto handed = std::make_shared<LiveChange>(
      LiveChange{.element = element, .parameter = &parameter, .spares = std::move(*spares)});

  if (auto reached = reach(workers); !reached) return std::unexpected(reached.error());
  // From here on the value counts, also for a worker that is late. All memory that it takes is there.
  node.parameters = std::move(table);
  const auto seconds = hand_over(std::move(handed));
  if (!seconds) return std::unexpected(seconds.error());
  change.seconds = *seconds;
  return change;
}

/// Whether all of `workers` answer.
Result<void> LiveParameters::reach(const std::vector<std::size_t>& workers) {
  if (phases_.ended()) return fail(ExitCode::unavailable, "the run has ended");
  const auto silent = requests_.await(workers, requests_.ask());
  if (silent.empty()) return {};
  return fail(ExitCode::again, fmt::format("{} did not answer in a second: nothing was changed",
                                           core_names(assembly_.plan, silent)));
}

/// Gives a change to all workers that it concerns, which have answered just now; returns the seconds until
/// the last one had it.
Result<double> LiveParameters::hand_over(std::shared_ptr<LiveChange> change) {
  const auto start = SteadyClock::now();
  change->request = requests_.handshake().next();
  const std::vector<std::size_t>& workers = assembly_.plan.workers_of[change->element];
  const std::string& name = change->parameter->name;
  requests_.hand_over(std::move(change));
  const auto silent = requests_.await(workers, requests_.ask());
  if (silent.empty()) return std::chrono::duration<double>(SteadyClock::now() - start).count();
  return fail(ExitCode::again, fmt::format("{} stopped answering meanwhile: '{}' changes there as soon as it "
                                           "goes on, and has changed everywhere else",
                                           core_names(assembly_.plan, silent), name));
}

}  // namespace ixyflow
