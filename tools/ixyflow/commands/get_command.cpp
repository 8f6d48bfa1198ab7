#include <fmt/format.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

/// Parameters with their values; the value alone when only one was asked for.
std::string parameters_text(const Value& result, bool only_value, bool colour) {
  using Align = TextTable::Align;
  TextTable table({{"PARAMETER", Align::left}, {"VALUE", Align::left}, {"LIVE", Align::left}});
  const auto* list = result.get_if<Value::List>();
  if (list == nullptr) return "";
  for (const Value& parameter : *list) {
    const std::string value = text_at(parameter, "value");
    if (only_value) return printable(value, 1000) + "\n";
    const auto* live = member<bool>(parameter, "live");
    table.add({text_at(parameter, "element") + "." + text_at(parameter, "name"), printable(value),
               live != nullptr && *live ? "yes" : ""});
  }
  return table.empty() ? "" : table.render(colour);
}

class GetCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "get"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 2}; }
  [[nodiscard]] std::string_view summary() const override {
    return "parameters of a running pipeline, or the entries of a resource";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow get drop.probability"; }

  void declare(CommandLine& line) override {
    line.positional("NAME", names_, 0, 1,
                    "ELEMENT, ELEMENT.PARAMETER or RESOURCE; without it, all parameters");
    line.choice("--format", format_, {"text", "json"}, "of the output (default text)");
    declare_instance_options(line, choice_);
  }

  ExitCode run(Console& console) override {
    auto client = connect_instance(choice_);
    if (!client) return console.failed(client.error());
    const std::string name = names_.empty() ? "" : names_.front();
    const auto resources = client->call("resources.list");
    if (!resources) return console.failed(resources.error());
    const auto resource_names = texts_of(*resources);
    const bool is_resource = std::ranges::find(resource_names, name) != resource_names.end();
    const auto result = is_resource ? client->call("resources.get", {parameter("resource", name)})
                                    : parameters(*client, name);
    if (!result) return console.failed(result.error());
    if (format_ == "json")
      console.out(write_json(*result));
    else if (is_resource)
      for (const std::string& entry : texts_of(*result)) console.out(printable(entry, 1000) + "\n");
    else
      console.out(parameters_text(*result, name.find('.') != std::string::npos, console.colour_out()));
    return ExitCode::ok;
  }

 private:
  static Result<Value> parameters(ControlClient& client, const std::string& name) {
    if (name.empty()) return client.call("parameters.get");
    const std::size_t point = name.find('.');
    if (point == std::string::npos) return client.call("parameters.get", {parameter("element", name)});
    return client.call("parameters.get", {parameter("element", name.substr(0, point)),
                                          parameter("name", name.substr(point + 1))});
  }

  std::vector<std::string> names_;
  std::string format_ = "text";
  InstanceChoice choice_;
};

IXYFLOW_COMMAND(GetCommand);

}  // namespace
}  // namespace ixyflow::tools
