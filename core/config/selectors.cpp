#include "core/config/selectors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text/suggestion.hpp"

namespace ixyflow {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The number that `text` writes, or one that nothing has.
std::size_t number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : std::numeric_limits<std::size_t>::max();
}

/// Index of `selector` among `names`; `open` ones grow with the graph, so that any number up to kMaxOutputs
/// will do.
std::optional<PortIndex> select(BuildContext& build, const ElementNode& node,
                                const std::vector<std::string>& names, bool open, const Selector* selector,
                                SourceRange where, std::string_view what) {
  const std::string type = fmt::format("'{}' ({})", node.name, node.spec->name);
  if (names.empty() && !open) {
    build.diagnostics.error(selector != nullptr ? selector->where : where,
                            fmt::format("{} has no {}", type, what));
    return std::nullopt;
  }
  if (selector == nullptr) return PortIndex{0};
  const auto named = std::ranges::find(names, selector->text);
  if (named != names.end()) return static_cast<PortIndex>(named - names.begin());
  if (is_number(selector->text))
    if (const std::size_t number = number_of(selector->text); number < (open ? kMaxOutputs : names.size()))
      return static_cast<PortIndex>(number);
  std::string hint = build.suggest(selector->text, [&] { return names; });
  if (hint.empty())
    hint =
        open ? fmt::format("0 to {}", kMaxOutputs - 1) : list_of_names(fmt::format("its {}s", what), names);
  const bool drop = what == "output" && std::ranges::any_of(node.spec->exits, [&](const ExitSpec& exit) {
                      return exit.kind != ExitKind::output && exit.name == selector->text;
                    });
  build.diagnostics.error(selector->where,
                          drop ? fmt::format("'{}' of {} is a drop and leads nowhere", selector->text, type)
                               : fmt::format("{} has no {} '{}'", type, what, printable(selector->text, 40)),
                          std::move(hint));
  return std::nullopt;
}

}  // namespace

std::optional<PortIndex> find_output(BuildContext& build, const ElementNode& node, const Selector* selector,
                                     SourceRange where) {
  if (node.broken && node.output_names.empty()) return PortIndex{0};
  return select(build, node, node.output_names, node.spec->output_count == OutputCount::as_wired, selector,
                where, "output");
}

std::optional<PortIndex> find_input(BuildContext& build, const ElementNode& node, const Selector* selector,
                                    SourceRange where) {
  if (node.broken && node.spec->inputs.empty()) return PortIndex{0};
  std::vector<std::string> names;
  for (const InputSpec& input : node.spec->inputs) names.push_back(input.name);
  return select(build, node, names, node.spec->inputs_as_wired, selector, where, "input");
}

}  // namespace ixyflow
