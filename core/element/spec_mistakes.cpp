#include "core/element/spec_mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/base/text/name_rules.hpp"

namespace ixyflow {
namespace {

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
  for (auto it = spec.exits.begin(); it != spec.exits.end(); ++it) {
    const auto same =
        std::find_if(spec.exits.begin(), it, [&](const ExitSpec& other) { return other.index == it->index; });
    if (same != it)
      mistakes.add("exits '{}' and '{}' have the same number, {}", same->name, it->name, it->index);
  }
  check_outputs(spec, mistakes);
  check_drops(spec, mistakes);
}

/// What the declarations say about each other.
void check_whole(const ElementSpec& spec, Mistakes& mistakes) {
  if (!spec.processes && !spec.polls)
    mistakes.add("it neither takes packets in (process, handle) nor gives any out (poll)");
  if (spec.output_count == OutputCount::by_parameter &&
      std::ranges::find(spec.parameters, spec.output_parameter, &ParameterSpec::name) ==
          spec.parameters.end())
    mistakes.add("its outputs are said to be those of parameter '{}', which it does not have",
                 spec.output_parameter);
  for (const CounterSpec& counter : spec.counters)
    if (std::ranges::find(spec.exits, counter.name, &ExitSpec::name) != spec.exits.end())
      mistakes.add("counter '{}' has the name of an exit, which counts by itself", counter.name);
}

}  // namespace

std::vector<std::string> spec_mistakes(const ElementSpec& spec) {
  Mistakes mistakes;
  check_type_name(spec.name, mistakes);
  mistakes.add_all(parameter_mistakes(spec.parameters, kElementKeys));
  mistakes.check_names(spec.inputs, "input");
  check_exits(spec, mistakes);
  mistakes.check_names(spec.counters, "counter");
  mistakes.check_names(spec.views, "view");
  check_whole(spec, mistakes);
  return std::move(mistakes).take();
}

std::vector<std::string> spec_mistakes(const ResourceSpec& spec) {
  Mistakes mistakes;
  check_type_name(spec.name, mistakes);
  mistakes.add_all(parameter_mistakes(spec.parameters, {"type"}));
  mistakes.check_names(spec.counters, "counter");
  return std::move(mistakes).take();
}

}  // namespace ixyflow
