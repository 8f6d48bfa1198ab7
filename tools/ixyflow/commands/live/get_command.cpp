#include <fmt/format.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "core/base/text/name_rules.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/live/view_table.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

/// Parameters with their values; the value alone when only one was asked for.
std::string parameters_text(const Value& result, bool only_value, Look look) {
  using Align = TextTable::Align;
  TextTable table({{"PARAMETER", Align::left}, {"VALUE", Align::left}, {"LIVE", Align::left}});
  const auto* list = result.get_if<Value::List>();
  if (list == nullptr) return "";
  for (const Value& parameter : *list) {
    const std::string value = text_at(parameter, "text");
    if (only_value) return printable(value, 1000) + "\n";
    const auto* live = member<bool>(parameter, "live");
    table.add({printable(text_at(parameter, "element") + "." + text_at(parameter, "name")), printable(value),
               live != nullptr && *live ? "yes" : ""});
  }
  return table.empty() ? "" : table.render(look);
}

std::string entries_text(const Value& result) {
  std::string text;
  for (const std::string& entry : texts_of(result)) text += printable(entry, 1000) + "\n";
  return text;
}

/// The views that there are, behind the parameters, with a line between them.
std::string views_text(const std::vector<std::string>& views, Look look) {
  TextTable table({{"VIEW", TextTable::Align::left}});
  for (const std::string& view : views) table.add({printable(view)});
  return views.empty() ? "" : "\n" + table.render(look);
}

class GetCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "get"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 2}; }
  [[nodiscard]] std::string_view summary() const override {
    return "parameters of a running pipeline, the entries of a resource, or a view of an element";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow get drop.probability"; }

  void declare(CommandLine& line) override {
    line.positional("NAME", names_, 0, 1,
                    "ELEMENT, ELEMENT.PARAMETER, ELEMENT.VIEW or RESOURCE; without: parameters, views");
    line.choice("--format", format_, {"text", "json"}, "of the output (default text)");
    declare_instance_options(line, choice_);
  }

  ExitCode run(Console& console) override {
    auto client = connect_instance(choice_);
    if (!client) return console.failed(client.error());
    const std::string name = names_.empty() ? "" : names_.front();
    const auto what = what_is(*client, name);
    if (!what) return console.failed(what.error());
    const auto result = ask(*client, *what, name);
    if (!result) return console.failed(result.error());
    console.out(format_ == "json" ? write_json(*result) : text(*what, name, *result, console.look()));
    return ExitCode::ok;
  }

 private:
  enum class What : std::uint8_t { parameters, entries, view };

  /// A resource or view of this name goes before a parameter.
  Result<What> what_is(ControlClient& client, const std::string& name) {
    const auto resources = client.call("resources.list");
    if (!resources) return std::unexpected(resources.error());
    const auto views = client.call("views.list");
    if (!views) return std::unexpected(views.error());
    views_ = texts_of(*views);
    if (std::ranges::count(texts_of(*resources), name) > 0) return What::entries;
    return std::ranges::count(views_, name) > 0 ? What::view : What::parameters;
  }

  [[nodiscard]] Result<Value> ask(ControlClient& client, What what, const std::string& name) const {
    if (what == What::entries) return client.call("resources.get", {parameter("resource", name)});
    if (what == What::view) return client.call("views.get", {parameter("view", name)});
    return parameters(client, name);
  }

  [[nodiscard]] std::string text(What what, const std::string& name, const Value& result, Look look) const {
    if (what == What::entries) return entries_text(result);
    if (what == What::view) return view_text(result, look);
    const std::string parameters = parameters_text(result, element_in(name) != name, look);
    return name.empty() ? parameters + views_text(views_, look) : parameters;
  }

  [[nodiscard]] Result<Value> parameters(ControlClient& client, const std::string& name) const {
    if (name.empty()) return client.call("parameters.get");
    const std::string element = element_in(name);
    if (element == name) return client.call("parameters.get", {parameter("element", name)});
    auto value = client.call("parameters.get", {parameter("element", element),
                                                parameter("name", name.substr(element.size() + 1))});
    if (!value && client.call("parameters.get", {parameter("element", element)}))
      value.error().text += "; " + elsewhere(element);
    return value;
  }

  /// "fw" of "fw.expr"; the element that stands for a port has a dot of its own: "wan.rx" of "wan.rx.port".
  static std::string element_in(const std::string& name) {
    if (name.starts_with('.') || name.ends_with('.')) return name;  // there is none of this name
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view behind = std::string_view(name).substr(dot);
    for (const std::string_view end : {kReceiveEnd, kTransmitEnd})
      if (behind == end || (behind.starts_with(end) && behind[end.size()] == '.'))
        return name.substr(0, dot + end.size());
    return name.substr(0, dot);
  }

  /// Where to look for what `element` has beside parameters.
  [[nodiscard]] std::string elsewhere(const std::string& element) const {
    std::string views;
    for (const std::string& view : views_)
      if (view.starts_with(element + ".")) views += (views.empty() ? "" : ", ") + view;
    return (views.empty() ? "" : "its views are " + printable(views, 300) + "; ") +
           "counters are shown by 'ixyflow stats'";
  }

  std::vector<std::string> names_;
  std::vector<std::string> views_;  ///< that the run has
  std::string format_ = "text";
  InstanceChoice choice_;
};

IXYFLOW_COMMAND(GetCommand);

}  // namespace
}  // namespace ixyflow::tools
