#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/graph/copy.hpp"
#include "core/runtime/control/run_state.hpp"

// Parameters that change while the run goes on.
//
// The table of the file is kept up to date, and is what `get` reads: a copy of an element belongs to its
// worker alone. A new value is first tried on an element that nobody runs. Then every worker concerned is
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
    std::vector<std::string> names;
    for (const ParameterSpec& parameter : node.spec->parameters) names.push_back(parameter.name);
    return std::unexpected(
        no_such(fmt::format("parameter of '{}' (type {}) called", node.name, node.spec->name), name, names));
  }
  return &*found;
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
  apply_parameters(element.get(), node.parameters, node.spec->parameters, {"type", "core"}, node.name, {},
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

/// What a new value would change, tried on elements that nobody runs. Error (no): what is wrong with it.
Result<ParameterChange> try_value(const Pipeline& pipeline, const ElementNode& node,
                                  const ParameterSpec& parameter, const Value& value) {
  const auto image = image_of(node);
  const Value::Table table = with(node.parameters, parameter.name, value);
  ParameterChange change;
  change.before = show(parameter, *image, node.parameters);
  Diagnostics diagnostics;
  if (!parameter.set(image.get(), value, parameter, diagnostics))
    return std::unexpected(first_error(diagnostics));
  change.after = show(parameter, *image, table);
  if (const auto tried = make_copy(pipeline, node, table, 0, 1); !tried)
    return fail(ExitCode::no, tried.error().text);
  return change;
}

void list_parameters(const ElementNode& node, std::vector<ParameterReport>& reports) {
  const auto element = image_of(node);
  for (const ParameterSpec& parameter : node.spec->parameters)
    reports.push_back(
        {node.name, parameter.name, show(parameter, *element, node.parameters), parameter.live});
}

}  // namespace

/// On worker `index` at a round boundary: takes over what waits for it.
void Run::State::take_over(std::size_t index) {
  const LiveChange* change = changes[index].get();
  if (change == nullptr || change->request <= handshake->last_answer(index)) return;
  const std::vector<std::size_t>& workers = assembly.plan.workers_of[change->element];
  for (std::size_t copy = 0; copy < workers.size(); ++copy) {
    if (workers[copy] != index) continue;
    Element& element = *assembly.copies[change->element][copy];
    Diagnostics none;  // the value was accepted by another element of the type
    change->parameter->set(&element, change->value, *change->parameter, none);
    element.update();
  }
}

Result<std::vector<ParameterReport>> Run::parameters(std::string_view element) const {
  const Pipeline& pipeline = state_->assembly.pipeline;
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

Result<ParameterChange> Run::set_parameter(std::string_view name, const Value& value) {
  Pipeline& pipeline = state_->assembly.pipeline;
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos)
    return fail(ExitCode::usage,
                fmt::format("'{}' is no name of a parameter: ELEMENT.PARAMETER", printable(name, 60)));
  const auto index = find_element(pipeline, name.substr(0, dot));
  if (!index) return std::unexpected(index.error());
  ElementNode& node = pipeline.elements[*index];
  const auto parameter = find_parameter(node, name.substr(dot + 1));
  if (!parameter) return std::unexpected(parameter.error());
  if (!(*parameter)->live)
    return fail(ExitCode::refused, fmt::format("'{}' of '{}' (type {}) cannot be changed while it runs",
                                               (*parameter)->name, node.name, node.spec->name));

  auto change = try_value(pipeline, node, **parameter, value);
  if (!change) return std::unexpected(change.error());
  const std::vector<std::size_t>& workers = state_->assembly.plan.workers_of[*index];
  if (auto reached = state_->reach(workers); !reached) return std::unexpected(reached.error());
  // From here on the value counts, also for a worker that is late.
  node.parameters = with(node.parameters, (*parameter)->name, value);
  const auto seconds = state_->hand_over({.element = *index, .parameter = *parameter, .value = value});
  if (!seconds) return std::unexpected(seconds.error());
  change->seconds = *seconds;
  for (const std::size_t worker : workers)
    change->workers.push_back(state_->assembly.plan.workers[worker].name);
  return change;
}

/// Whether all of `workers` answer.
Result<void> Run::State::reach(const std::vector<std::size_t>& workers) {
  if (over()) return fail(ExitCode::unavailable, "the run has ended");
  const auto silent = await(workers, ask());
  if (silent.empty()) return {};
  return fail(ExitCode::again,
              fmt::format("{} did not answer in a second: nothing was changed", names_of(silent)));
}

/// Gives a change to every worker with a copy of the element, all of which have answered just now; returns
/// the seconds until the last one had it.
Result<double> Run::State::hand_over(LiveChange change) {
  const auto start = SteadyClock::now();
  change.request = handshake->next();
  const std::vector<std::size_t>& workers = assembly.plan.workers_of[change.element];
  const auto shared = std::make_shared<const LiveChange>(std::move(change));
  for (const std::size_t worker : workers) changes[worker] = shared;
  const auto silent = await(workers, ask());
  if (silent.empty()) return std::chrono::duration<double>(SteadyClock::now() - start).count();
  return fail(ExitCode::again, fmt::format("{} stopped answering meanwhile: '{}' changes there as soon as it "
                                           "goes on, and has changed everywhere else",
                                           names_of(silent), shared->parameter->name));
}

}  // namespace ixyflow
