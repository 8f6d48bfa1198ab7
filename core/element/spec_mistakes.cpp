#include "core/element/spec_mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/text/name_rules.hpp"

namespace ixyflow {
namespace {

/// What reports say of every element by themselves, beside its exits and counters.
constexpr std::array<std::string_view, 6> kReported{"received",  "created", "held",
                                                    "no_buffer", "stopped", "lost"};

constexpr std::string_view kNoName = "is no name: a small letter, then small letters, digits and underscores";

/// What is found out about one description, in the order in which it is looked at.
class Mistakes {
 public:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    texts_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  void add_all(const std::vector<std::string>& texts) {
    texts_.insert(texts_.end(), texts.begin(), texts.end());
  }

  /// Of things with names: each is one, and none is there twice. `what`: "input".
  template <class Named>
  void check_names(const std::vector<Named>& all, std::string_view what) {
    for (auto it = all.begin(); it != all.end(); ++it) {
      if (!is_instance_name(it->name)) add("{} '{}' {}", what, it->name, kNoName);
      if (std::any_of(all.begin(), it, [&](const Named& other) { return other.name == it->name; }))
        add("{} '{}' is declared twice", what, it->name);
    }
  }

  [[nodiscard]] std::vector<std::string> take() && { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

void check_type_name(const std::string& name, Mistakes& mistakes) {
  if (!is_type_name(name))
    mistakes.add("'{}' is no name of a type: a capital, then letters and digits", name);
}

/// Outputs count from 0 without a gap, in any order of declaration.
void check_outputs(const ElementSpec& spec, Mistakes& mistakes) {
  const auto outputs = std::ranges::count(spec.exits, ExitKind::output, &ExitSpec::kind);
  for (const ExitSpec& exit : spec.exits)
    if (exit.kind == ExitKind::output && exit.index >= outputs)
      mistakes.add("output '{}' has the number {}, but its {} outputs must be numbered from 0 without a gap",
                   exit.name, exit.index, outputs);
}

void check_drops(const ElementSpec& spec, Mistakes& mistakes) {
  const bool open = spec.output_count != OutputCount::declared;
  for (const ExitSpec& exit : spec.exits) {
    if (exit.kind == ExitKind::output) continue;
    if (exit.index >= kMaxExits)
      mistakes.add("exit '{}' has the number {}; the largest is {}", exit.name, exit.index, kMaxExits - 1);
    else if (open && exit.index < kFirstDrop)
      mistakes.add(
          "exit '{}' has the number {}, which may be an output's: where their number is open, others count "
          "from kFirstDrop, {}",
          exit.name, exit.index, kFirstDrop);
  }
}

void check_exits(const ElementSpec& spec, Mistakes& mistakes) {
  mistakes.check_names(spec.exits, "exit");
  for (const ExitSpec& exit : spec.exits)
    if (std::ranges::find(kReported, exit.name) != kReported.end())
      mistakes.add("exit '{}' has the name of what is reported of every element", exit.name);
  for (auto it = spec.exits.begin(); it != spec.exits.end(); ++it) {
    const auto same =
        std::find_if(spec.exits.begin(), it, [&](const ExitSpec& other) { return other.index == it->index; });
    if (same != it)
      mistakes.add("exits '{}' and '{}' have the same number, {}", same->name, it->name, it->index);
  }
  check_outputs(spec, mistakes);
  check_drops(spec, mistakes);
}

/// Counters of an element or a resource.
template <class Counter>
void check_counters(const std::vector<Counter>& counters, Mistakes& mistakes) {
  mistakes.check_names(counters, "counter");
  for (const Counter& counter : counters)
    if (!counter.value)
      mistakes.add("counter '{}' is declared without a member: the pointer to it is null", counter.name);
}

/// No member is another counter's, and no name what reports say of every element.
void check_element_counters(const ElementSpec& spec, Mistakes& mistakes) {
  check_counters(spec.counters, mistakes);
  for (auto it = spec.counters.begin(); it != spec.counters.end(); ++it) {
    const auto same = std::find_if(spec.counters.begin(), it, [&](const CounterSpec& other) {
      return it->member != nullptr && other.member == it->member && other.name != it->name;
    });
    if (same != it) mistakes.add("counter '{}' has the same member as counter '{}'", it->name, same->name);
    if (std::ranges::find(kReported, it->name) != kReported.end())
      mistakes.add("counter '{}' has the name of what is reported of every element", it->name);
  }
}

void check_views(const std::vector<ViewSpec>& views, Mistakes& mistakes) {
  mistakes.check_names(views, "view");
  for (const ViewSpec& view : views) {
    if (!view.rows)
      mistakes.add("view '{}' is declared without a function: the pointer to it is null", view.name);
    if (view.sorted_by.empty()) mistakes.add("view '{}' names no column by which it is sorted", view.name);
  }
}

void check_timers(const ElementSpec& spec, Element& element, Mistakes& mistakes) {
  std::vector<const Timer*> seen;
  for (const auto& timer : spec.timers) {
    if (!timer) {
      mistakes.add("a timer is declared without a member: the pointer to it is null");
    } else if (const Timer* member = &timer(element); std::ranges::find(seen, member) != seen.end()) {
      mistakes.add("a timer is declared twice: the {} that it declares are not all different members",
                   spec.timers.size());
    } else {
      seen.push_back(member);
    }
  }
}

/// A parameter, a counter and a view have different names: commands and files tell them apart by nothing
/// else.
void check_shared_names(const ElementSpec& spec, Mistakes& mistakes) {
  const auto among = [](const auto& all, const std::string& name) {
    return std::ranges::any_of(all, [&](const auto& named) { return named.name == name; });
  };
  for (const CounterSpec& counter : spec.counters)
    if (among(spec.parameters, counter.name))
      mistakes.add("counter '{}' has the name of a parameter", counter.name);
  for (const ViewSpec& view : spec.views) {
    if (among(spec.parameters, view.name)) mistakes.add("view '{}' has the name of a parameter", view.name);
    if (among(spec.counters, view.name)) mistakes.add("view '{}' has the name of a counter", view.name);
  }
}

/// Where examples are shown and derived from: every parameter that a file must give has one, unless it names
/// a port, of which none is right in any file.
template <class Spec>
void check_examples(const Spec& spec, const std::vector<std::string>& ports, Mistakes& mistakes) {
  for (const ParameterSpec& parameter : spec.parameters)
    if (parameter.required && parameter.example.empty() &&
        std::ranges::find(ports, parameter.name) == ports.end())
      mistakes.add("parameter '{}' is required and has no example", parameter.name);
}

void check_output_parameter(const ElementSpec& spec, Mistakes& mistakes) {
  const auto by = std::ranges::find(spec.parameters, spec.output_parameter, &ParameterSpec::name);
  if (by == spec.parameters.end())
    mistakes.add("its outputs are said to be those of parameter '{}', which it does not have",
                 spec.output_parameter);
  else if (by->shape != ParameterShape::list && by->shape != ParameterShape::table &&
           by->shape != ParameterShape::any)
    mistakes.add("its outputs are said to be those of parameter '{}', which is no list and no table",
                 spec.output_parameter);
}

/// What the declarations say about each other.
void check_whole(const ElementSpec& spec, Mistakes& mistakes) {
  if (!spec.processes && !spec.polls)
    mistakes.add("it neither takes packets in (process, handle) nor gives any out (poll)");
  if (spec.output_count == OutputCount::by_parameter) check_output_parameter(spec, mistakes);
  for (const CounterSpec& counter : spec.counters)
    if (std::ranges::find(spec.exits, counter.name, &ExitSpec::name) != spec.exits.end())
      mistakes.add("counter '{}' has the name of an exit, which counts by itself", counter.name);
}

}  // namespace

std::vector<std::string> spec_mistakes(const ElementSpec& spec) {
  Mistakes mistakes;
  check_type_name(spec.name, mistakes);
  const auto element = spec.create();
  mistakes.add_all(parameter_mistakes(spec.parameters, kElementKeys, element.get()));
  check_timers(spec, *element, mistakes);
  std::vector<std::string> ports;
  for (const PortUseSpec& use : spec.ports) ports.push_back(use.parameter);
  check_examples(spec, ports, mistakes);
  mistakes.check_names(spec.inputs, "input");
  check_exits(spec, mistakes);
  check_element_counters(spec, mistakes);
  check_views(spec.views, mistakes);
  check_shared_names(spec, mistakes);
  check_whole(spec, mistakes);
  return std::move(mistakes).take();
}

std::vector<std::string> spec_mistakes(const ResourceSpec& spec) {
  Mistakes mistakes;
  check_type_name(spec.name, mistakes);
  const auto resource = spec.create();
  mistakes.add_all(parameter_mistakes(spec.parameters, {"type"}, resource.get()));
  check_examples(spec, {}, mistakes);
  check_counters(spec.counters, mistakes);
  return std::move(mistakes).take();
}

}  // namespace ixyflow
