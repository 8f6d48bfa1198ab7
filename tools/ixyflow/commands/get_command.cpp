#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/control/results.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

/// Parameters with their values; the value alone when only one was asked for.
std::string parameters_text(const std::string& result, bool only_value, bool colour) {
  const Json list = Json::parse(result);
  if (only_value) return printable(list.at(0).at("value").get<std::string>(), 1000) + "\n";
  using Align = TextTable::Align;
  TextTable table({{"PARAMETER", Align::left}, {"VALUE", Align::left}, {"LIVE", Align::left}});
  for (const Json& parameter : list)
    table.add({parameter.at("element").get<std::string>() + "." + parameter.at("name").get<std::string>(),
               printable(parameter.at("value").get<std::string>()),
               parameter.at("live").get<bool>() ? "yes" : ""});
  return table.empty() ? "" : table.render(colour);
}

class GetCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "get"; }
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
    if (!client) return show_error(client.error(), console);
    const std::string name = names_.empty() ? "" : names_.front();
    const auto resources = client->call("resources.list");
    if (!resources) return show_error(resources.error(), console);
    const auto resource_names = json_texts(*resources);
    const bool is_resource = std::ranges::find(resource_names, name) != resource_names.end();
    const auto result = is_resource ? client->call("resources.get", {parameter("resource", name)})
                                    : parameters(*client, name);
    if (!result) return show_error(result.error(), console);
    if (format_ == "json")
      console.out(json_pages(*result));
    else if (is_resource)
      for (const std::string& entry : json_texts(*result)) console.out(printable(entry, 1000) + "\n");
    else
      console.out(parameters_text(*result, name.find('.') != std::string::npos, console.colour_out()));
    return ExitCode::ok;
  }

 private:
  static Result<std::string> parameters(ControlClient& client, const std::string& name) {
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

}  // namespace

std::unique_ptr<Command> make_get_command() {
  return std::make_unique<GetCommand>();
}

}  // namespace ixyflow::tools
